"""All that the explorer knows while it looks at one path, without a word about how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .filter_state import FilterState
from .group_listing import GroupListing
from .listing import Listing
from .row_cache import RowCache
from .status_facts import Status

if TYPE_CHECKING:
    from ...store.model.rows import ProcessRow
    from .open_trace import OpenTrace


class Session:
    """The traces listed, the filter, the open trace, the processes, and the clock that a pause stops."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.listing = Listing()
        self.rows = RowCache()
        self.filter = FilterState()
        self.groups = GroupListing()
        self.open_trace: OpenTrace | None = None
        self.total = 0
        """Traces in the file, whatever the filter."""
        self.known = False
        """Whether the feed has said anything yet: until then nothing is shown, not even that we wait."""
        self.has_file = False
        self.trouble = ""
        """Why some of what is asked of the file cannot be read; empty while all can."""
        self.searching = False
        self.utc = False
        self.keys: Mapping[str, int] = {}
        self.processes: Mapping[int, ProcessRow] = {}
        self.gone: frozenset[int] = frozenset()
        self._clock = clock
        self._paused_ns: int | None = None

    @property
    def now_ns(self) -> int:
        """The time that is shown; it stands still during a pause."""
        return self._clock() if self._paused_ns is None else self._paused_ns

    @property
    def grouped(self) -> bool:
        """Whether the filter makes groups, which are then listed in place of traces."""
        return self.filter.active and self.filter.query is not None and self.filter.query.by is not None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show yet, and the user may be told how to change that."""
        return self.known and not self.total

    def pause(self) -> None:
        """Hold the picture."""
        self._paused_ns = self._clock()
        self.listing.pause()
        self.groups.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._paused_ns = None
        self.listing.resume()
        self.groups.resume()

    def forget(self) -> None:
        """It is another file, or none."""
        self.known = True
        self.trouble = ""
        self.rows.clear()
        self.listing.replace(())
        self.listing.following = True
        self.groups.clear()
        self.resume()
        self.total = 0

    def status(self, path: str) -> Status:
        """What the line on top says."""
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
            state = "following" if listing.following else "live"
        return Status(
            path=path,
            state=state,
            arrived=listing.arrived,
            shown=len(self.groups) if self.grouped else len(listing),
            grouped=self.grouped,
            total=self.total,
            filtered=self.filter.active,
            searching=self.searching,
            dropped=sum(process.dropped for process in self.processes.values()),
            failed=sum(process.failed for process in self.processes.values()),
            utc=self.utc,
        )
