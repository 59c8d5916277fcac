"""The list of traces as the user sees it: which ones, where the cursor is, whether it follows or stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .trace_ids import SortedTraceIds, TraceIds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Listing:
    """Rows 0, 1, 2 ... are traces, newest first. Paused, it hides what is newer than the newest at that moment."""

    def __init__(self) -> None:
        self.ids: TraceIds | SortedTraceIds = TraceIds()
        self.following = True
        """Whether the cursor stays on the newest trace."""
        self.selected: int | None = None
        """The trace under the cursor."""
        self._ceiling: int | None = None
        self._waiting: tuple[Sequence[int], bool] | None = None

    def __len__(self) -> int:
        return len(self.ids) - self.arrived

    def __getitem__(self, row: int) -> int:
        return self.ids[row + self.arrived]

    def __contains__(self, trace: int) -> bool:
        return trace in self.ids and self.ids.row_of(trace) >= self.arrived

    @property
    def paused(self) -> bool:
        """Whether the picture stands still."""
        return self._ceiling is not None

    @property
    def arrived(self) -> int:
        """How many traces came since the pause began."""
        return 0 if self._ceiling is None else self.ids.row_of(self._ceiling)

    def pause(self) -> None:
        """Hold the list as it is."""
        self._ceiling = self.ids[0] if len(self.ids) else 0

    def resume(self) -> None:
        """Show what came meanwhile."""
        self._ceiling = None
        if self._waiting is not None:
            traces, is_sorted = self._waiting
            self.found(traces, anew=True, is_sorted=is_sorted)

    def row_of(self, trace: int) -> int:
        """The row of a trace, or the nearest to where it would be."""
        return max(0, min(self.ids.row_of(trace) - self.arrived, len(self) - 1))

    def cursor(self) -> int:
        """The row of the cursor; following, that is the newest."""
        if self.following or self.selected is None:
            return 0
        return self.row_of(self.selected)

    def select(self, row: int) -> None:
        """The user moved: the top of the list follows, any other row holds on to its trace."""
        if len(self):
            self.following = row == 0 and not self.paused
            self.selected = self[row]

    def settle(self) -> int:
        """Bring the selection in line after the list changed, and answer its row."""
        row = self.cursor()
        self.selected = self[row] if len(self) else None
        return row

    def replace(self, newer: Sequence[int]) -> None:
        """Another list: after a new filter, or for another file."""
        self.ids = TraceIds(newer)
        self._waiting = None

    def found(self, traces: Sequence[int], *, anew: bool = False, again: bool = False, is_sorted: bool = False) -> None:
        """A search went further back, or began `anew`; what is sorted is never continued.

        With `again` the same list was searched for once more: during a pause it waits.
        """
        if again and self.paused:
            self._waiting = (traces, is_sorted)
            return
        if anew:
            self.replace(())
        if is_sorted:
            self.ids = SortedTraceIds(traces)
        else:
            self.ids.extend_older(traces)

    def update(self, shown: Iterable[int], hidden: Iterable[int] = ()) -> None:
        """Traces that belong to the list, of which some may be new, and traces that do not belong any more."""
        for trace in hidden:
            self.ids.discard(trace)
        for trace in shown:
            self.ids.add(trace)
