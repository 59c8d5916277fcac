"""The screen's requests to the feed's thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from ...store.read.reader import Reader
    from .question import AskedQuestion


class WantedFilter(NamedTuple):
    """The filter that the screen has requested."""

    generation: int
    """The number of the filter; answers carry the number of their filter."""
    query: Query | None
    """None for no filter."""
    utc: bool
    """Whether times in the filter are UTC rather than local."""


class Requests:
    """The newest request of each kind. The screen's thread sets it, the feed's thread clears it."""

    def __init__(self) -> None:
        self.filter = WantedFilter(0, None, False)
        self.forest_of: int | None = None
        """The trace whose spans the screen wants."""
        self.matches_of: int | None = None
        """The trace whose matching spans the screen wants."""
        self.previews_of: Mapping[int, int] = {}
        """The traces whose previews the screen wants, and their revisions."""
        self.questions: Mapping[str, AskedQuestion] = {}
        """The questions beside the filter, by slot; replaced as a whole."""
        self._turn = threading.Condition()
        self._awake = False
        self._searched: Reader | None = None

    def want_filter(self, wanted: WantedFilter) -> None:
        """Request another filter and interrupt the running search."""
        with self._turn:
            self.filter = wanted
            # Only while the search has the connection: at any other time it would hit the tail's own question.
            if self._searched is not None:
                self._searched.interrupt()
        self.wake()

    def ask(self, slot: str, asked: AskedQuestion | None) -> None:
        """Ask another question in a slot, or with None no more."""
        with self._turn:
            others = {name: one for name, one in self.questions.items() if name != slot}
            self.questions = others if asked is None else {**others, slot: asked}
        self.wake()

    @contextmanager
    def searching(self, generation: int, reader: Reader) -> Iterator[bool]:
        """The time in which a search uses the connection; yields whether its filter is still the requested one."""
        with self._turn:
            is_wanted = self.filter.generation == generation
            self._searched = reader if is_wanted else None
        try:
            yield is_wanted
        finally:
            with self._turn:
                self._searched = None

    def wake(self) -> None:
        """Wake the feed's thread."""
        with self._turn:
            self._awake = True
            self._turn.notify_all()

    def wait(self, seconds: float) -> bool:
        """Sleep until a request comes, at most `seconds`; returns whether one came."""
        with self._turn:
            if not self._awake:
                self._turn.wait(seconds)
            woken, self._awake = self._awake, False
        return woken

    def wanted_after(self, generation: int) -> bool:
        """Whether there is a request beside the filter of `generation`."""
        if self.filter.generation != generation or self.previews_of:
            return True
        return self.forest_of is not None or self.matches_of is not None
