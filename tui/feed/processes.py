"""Which traced processes are gone: a filter is asked by the same knowledge of them that panes are drawn by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...store.read import liveness
from .messages import GroupsFound, ProcessesChanged, SpansMatched, TracesFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...store.model.rows import ProcessRow
    from ...store.read.reader import Reader


class KnownProcesses:
    """The processes that the feed has posted, and changes that wait for the filter's result."""

    def __init__(self) -> None:
        self.gone: frozenset[int] = frozenset()
        """The gone processes that the screen knows of."""
        self.held: ProcessesChanged | None = None
        """A change that is posted together with the filter's next result."""
        self._told: ProcessesChanged | None = None

    @property
    def processes(self) -> Mapping[int, ProcessRow]:
        """The processes that the screen knows of."""
        return self._told.processes if self._told is not None else {}

    def look(self, reader: Reader, now_ns: int) -> ProcessesChanged | None:
        """Returns the change since the last message; None if there is none or while a change is held."""
        if self.held is not None:
            return None
        processes = reader.processes()
        gone = frozenset(id for id, process in processes.items() if liveness.is_gone(process, now_ns))
        news = ProcessesChanged(processes, gone)
        if self._told is not None and (self._told.processes, self._told.gone) == (processes, gone):
            return None
        return news

    def tell(self, news: ProcessesChanged) -> ProcessesChanged:
        """Note that this change is being posted; returns it."""
        self._told, self.gone = news, news.gone
        return news

    def release(
        self, answer: TracesFound | GroupsFound | None = None, matches: SpansMatched | None = None
    ) -> ProcessesChanged:
        """Returns the held change with the result of the filter."""
        assert self.held is not None
        news, self.held = self.held, None
        news.answer, news.matches = answer, matches
        return self.tell(news)
