"""`mlflow.entities.span_status` under our name."""

from __future__ import annotations

from ..parts.status import SpanStatus, SpanStatusCode

__all__ = ["SpanStatus", "SpanStatusCode"]
