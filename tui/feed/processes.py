"""Which traced processes are gone: a filter is asked by the same knowledge of them that panes are drawn by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...store.read import liveness
from .messages import GroupsFound, ProcessesChanged, SpansMatched, TracesFound

if TYPE_CHECKING:
    from ...store.read.reader import Reader


class KnownProcesses:
    """What the feed has told of processes, and news that wait for what the filter finds by them."""

    def __init__(self) -> None:
        self.gone: frozenset[int] = frozenset()
        """Those that the screen knows to be gone."""
        self.held: ProcessesChanged | None = None
        """News that are told together with the filter's next answer."""
        self._told: ProcessesChanged | None = None

    def look(self, reader: Reader, now_ns: int) -> ProcessesChanged | None:
        """What has changed since it was told; nothing while news are held."""
        if self.held is not None:
            return None
        processes = reader.processes()
        gone = frozenset(id for id, process in processes.items() if liveness.is_gone(process, now_ns))
        news = ProcessesChanged(processes, gone)
        if self._told is not None and (self._told.processes, self._told.gone) == (processes, gone):
            return None
        return news

    def tell(self, news: ProcessesChanged) -> ProcessesChanged:
        """The screen is about to know these news."""
        self._told, self.gone = news, news.gone
        return news

    def release(
        self, answer: TracesFound | GroupsFound | None = None, matches: SpansMatched | None = None
    ) -> ProcessesChanged:
        """The news that were held, with what the filter finds by them."""
        assert self.held is not None
        news, self.held = self.held, None
        news.answer, news.matches = answer, matches
        return self.tell(news)
