"""The import path of `mlflow.entities.trace_status`. `TraceStatus` is the former name of `TraceState`."""

from __future__ import annotations

from .trace_state import TraceState

TraceStatus = TraceState
