"""The import path of `mlflow.entities.span_log_level`."""

from __future__ import annotations

from ..parts.log_level import SpanLogLevel

__all__ = ["SpanLogLevel"]
