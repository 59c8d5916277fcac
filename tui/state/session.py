"""The state of the explorer for one path, independent of the widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .filter_state import FilterState
from .group_listing import GroupListing
from .listing import Listing
from .mark import Marks
from .row_cache import RowCache
from .status_facts import Status

if TYPE_CHECKING:
    from ...store.model.rows import ProcessRow
    from .open_trace import OpenTrace


class Session:
    """The list of traces, the filter, the open trace, the processes, and the clock, which a pause stops."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.listing = Listing()
        self.rows = RowCache()
        self.filter = FilterState()
        self.groups = GroupListing()
        self.open_trace: OpenTrace | None = None
        self.marks = Marks()
        self.total = 0
        """The number of traces in the file, regardless of the filter."""
        self.known = False
        """Whether the file has been looked for: until then the screen shows nothing."""
        self.has_file = False
        self.trouble = ""
        """Why a part of the file cannot be read; empty if all of it can."""
        self.searching = False
        self.utc = False
        self.at_work = ""
        """What is being exported, for the status line; empty if nothing is."""
        self.read_only = False
        """Whether no key may change the trace file."""
        self.keys: Mapping[str, int] = {}
        self.processes: Mapping[int, ProcessRow] = {}
        self.gone: frozenset[int] = frozenset()
        self._clock = clock
        self._paused_ns: int | None = None

    @property
    def clock_ns(self) -> int:
        """The current time, also during a pause."""
        return self._clock()

    @property
    def now_ns(self) -> int:
        """The current time; it stands still during a pause."""
        return self._clock() if self._paused_ns is None else self._paused_ns

    @property
    def grouped(self) -> bool:
        """Whether the filter has by(): groups are listed in place of traces."""
        return self.filter.active and self.filter.query is not None and self.filter.query.by is not None

    @property
    def empty(self) -> bool:
        """Whether there are no traces: the screen shows how to record some."""
        return self.known and not self.total

    def pause(self) -> None:
        """Pause the screen."""
        self._paused_ns = self._clock()
        self.listing.pause()
        self.groups.pause()

    def resume(self) -> None:
        """End the pause."""
        self._paused_ns = None
        self.listing.resume()
        self.groups.resume()

    def forget(self) -> None:
        """Reset the state for another file, or none."""
        self.known = True
        self.trouble = ""
        self.rows.forget_file()
        self.listing.replace(())
        self.listing.following = True
        self.listing.deleted.clear()
        self.groups.clear()
        self.marks.clear()
        self.resume()
        self.total = 0

    def status(self, path: str) -> Status:
        """Returns the facts of the status line."""
        listing = self.listing
        if not self.known:
            state = "opening"
        elif not self.total:
            state = "waiting"
        elif self.trouble:
            state = "damaged"
        elif listing.paused:
            state = "paused"
        else:
            state = "following" if listing.following and self.filter.sort is None else "live"
        return Status(
            path=path,
            state=state,
            arrived=listing.arrived,
            shown=len(self.groups) if self.grouped else len(listing),
            grouped=self.grouped,
            total=max(0, self.total - len(listing.deleted)),
            marked=len(self.marks.traces),
            at_work=self.at_work,
            filtered=self.filter.selects,
            searching=self.searching,
            dropped=sum(process.dropped for process in self.processes.values()),
            failed=sum(process.failed for process in self.processes.values()),
            utc=self.utc,
        )
