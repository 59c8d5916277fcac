"""The import path of `mlflow.entities.span_status`."""

from __future__ import annotations

from ..parts.status import SpanStatus, SpanStatusCode

__all__ = ["SpanStatus", "SpanStatusCode"]
