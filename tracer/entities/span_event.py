"""`mlflow.entities.span_event` under our name."""

from __future__ import annotations

from ..parts.event import SpanEvent

__all__ = ["SpanEvent"]
