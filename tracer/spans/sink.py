"""Functions that receive spans when they begin and end. The recorder of this process sets them."""

from __future__ import annotations

from collections.abc import Callable

from .pending_span import PendingSpan


def _drop(span: PendingSpan) -> None:
    """Ignore the span: this process has no recorder yet."""


enqueue: Callable[[PendingSpan], None] = _drop
"""Accepts a span that has begun, or whose trace has changed. Never waits."""

enqueue_ended: Callable[[PendingSpan], None] = _drop
"""Accepts a span that has ended. Never waits."""
