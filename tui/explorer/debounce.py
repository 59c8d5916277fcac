"""Debounce: run the first request at once, then only the last one of a burst."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.widget import Widget

QUIET_S = 0.06
"""Requests that follow each other within this time are a burst: traces that a moving cursor passes are not opened."""


class Debounce:
    """Debounces requests, each kind on its own: runs the first after the next paint, and the last of a burst."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._timers: dict[str, Timer] = {}

    @property
    def pending(self) -> bool:
        """Whether a burst has not ended yet."""
        return bool(self._timers)

    def call(self, kind: str, then: Callable[[], None]) -> None:
        """Call `then` after the next paint, or after the burst of its kind if no later request replaces it."""
        timer = self._timers.get(kind)
        if timer is None:
            self._widget.call_after_refresh(then)
            self._timers[kind] = self._widget.set_timer(QUIET_S, lambda: self._end_burst(kind, None))
        else:
            timer.stop()
            self._timers[kind] = self._widget.set_timer(QUIET_S, lambda: self._end_burst(kind, then))

    def _end_burst(self, kind: str, then: Callable[[], None] | None) -> None:
        self._timers.pop(kind, None)
        if then is not None:
            then()
