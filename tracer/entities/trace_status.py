"""`mlflow.entities.trace_status` under our name: the former one of the states."""

from __future__ import annotations

from .trace_state import TraceState

TraceStatus = TraceState
