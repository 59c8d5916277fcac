"""Where the user has been: back and forward through filters, traces and panes, as in a browser."""

from __future__ import annotations

from typing import NamedTuple

MOST_PLACES = 100


class Place(NamedTuple):
    """A filter, with the trace, the span and the pane that had the cursor."""

    filter_text: str
    trace: int | None
    """The trace.id."""
    span: int | None
    """The span.id."""
    pane: str


class Places:
    """The places before and after the present one."""

    def __init__(self) -> None:
        self._before: list[Place] = []
        self._after: list[Place] = []

    def leave(self, place: Place) -> None:
        """Note a place that the user leaves for a new one."""
        if not self._before or self._before[-1] != place:
            self._before.append(place)
            del self._before[:-MOST_PLACES]
        self._after.clear()

    def back(self, now: Place) -> Place | None:
        """Returns the place before `now`; None at the first."""
        return _moved(self._before, self._after, now)

    def forward(self, now: Place) -> Place | None:
        """Returns the place that `back` has left; None at the last."""
        return _moved(self._after, self._before, now)

    def clear(self) -> None:
        """Forget all places: those of another file have other traces under the same ids."""
        self._before.clear()
        self._after.clear()


def _moved(there: list[Place], here: list[Place], now: Place) -> Place | None:
    while there and there[-1] == now:
        there.pop()
    if not there:
        return None
    here.append(now)
    return there.pop()
