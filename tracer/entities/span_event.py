"""The import path of `mlflow.entities.span_event`."""

from __future__ import annotations

from ..parts.event import SpanEvent

__all__ = ["SpanEvent"]
