"""Do soon what a user asks for once, and only the last of what they ask for in a burst."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.widget import Widget

SETTLE_S = 0.06
"""A cursor that moves on within this time does not stop to open what it passes."""


class Settle:
    """Calls of one kind each: the first after the next paint, those that follow closely when they have stopped."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._timers: dict[str, Timer] = {}

    @property
    def pending(self) -> bool:
        """Whether anything may still be called."""
        return bool(self._timers)

    def call(self, kind: str, then: Callable[[], None]) -> None:
        """Call `then`: once the cursor is painted where it is now, or when calls of this kind have stopped coming."""
        timer = self._timers.get(kind)
        if timer is None:
            self._widget.call_after_refresh(then)
            self._timers[kind] = self._widget.set_timer(SETTLE_S, lambda: self._settled(kind, None))
        else:
            timer.stop()
            self._timers[kind] = self._widget.set_timer(SETTLE_S, lambda: self._settled(kind, then))

    def _settled(self, kind: str, then: Callable[[], None] | None) -> None:
        self._timers.pop(kind, None)
        if then is not None:
            then()
