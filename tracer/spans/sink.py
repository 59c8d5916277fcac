"""Where spans go when they begin and end: the queue of this process's recorder, which sets these functions."""

from __future__ import annotations

from collections.abc import Callable

from .pending_span import PendingSpan


def _no_recorder(span: PendingSpan) -> None:
    """Keep nothing: the recorder of this process has not been made yet."""


put: Callable[[PendingSpan], None] = _no_recorder
"""Accepts a span that has begun, or that changed what its trace shows. It never waits."""

put_ended: Callable[[PendingSpan], None] = _no_recorder
"""Accepts a span that has ended. It never waits."""
