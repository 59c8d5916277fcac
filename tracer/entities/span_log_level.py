"""`mlflow.entities.span_log_level` under our name."""

from __future__ import annotations

from ..parts.log_level import SpanLogLevel

__all__ = ["SpanLogLevel"]
