"""What the screen asks of the feed's thread, and what wakes that thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from ...store.read.reader import Reader


class WantedFilter(NamedTuple):
    """The filter that the screen shows."""

    generation: int
    """Counts the filters; answers name the one that they are for."""
    query: Query | None
    """None for no filter."""
    utc: bool
    """Whether times in it are UTC, not local."""


class Requests:
    """The newest request of each kind. The screen's thread sets them, the feed's thread takes them."""

    def __init__(self) -> None:
        self.filter = WantedFilter(0, None, False)
        self.forest_of: int | None = None
        """The trace whose forest is to be built."""
        self.matches_of: int | None = None
        """The trace whose matching spans are to be found."""
        self._turn = threading.Condition()
        self._awake = False
        self._searched: Reader | None = None

    def want_filter(self, wanted: WantedFilter) -> None:
        """Ask for another filter; the search that runs is interrupted."""
        with self._turn:
            self.filter = wanted
            # Only while the search has the connection: at any other time it would hit the tail's own question.
            if self._searched is not None:
                self._searched.interrupt()
        self.wake()

    @contextmanager
    def searching(self, generation: int, reader: Reader) -> Iterator[bool]:
        """The time that a search has the connection for; gives whether its filter is still the one that is wanted."""
        with self._turn:
            is_wanted = self.filter.generation == generation
            self._searched = reader if is_wanted else None
        try:
            yield is_wanted
        finally:
            with self._turn:
                self._searched = None

    def wake(self) -> None:
        """There is something to do."""
        with self._turn:
            self._awake = True
            self._turn.notify_all()

    def wait(self, seconds: float) -> bool:
        """Sleep until there is something to do, at most so long; returns whether there is."""
        with self._turn:
            if not self._awake:
                self._turn.wait(seconds)
            woken, self._awake = self._awake, False
        return woken

    def wanted_after(self, generation: int) -> bool:
        """Whether anything is wanted beside the filter of `generation`."""
        return self.filter.generation != generation or self.forest_of is not None or self.matches_of is not None
