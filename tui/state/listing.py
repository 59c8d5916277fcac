"""The list of traces: its ids, the cursor, and whether it follows the newest trace or is paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .trace_ids import SortedTraceIds, TraceIds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Listing:
    """Row numbers are traces, newest first. A pause hides traces that arrive after its start."""

    def __init__(self) -> None:
        self.ids: TraceIds | SortedTraceIds = TraceIds()
        self.following = True
        """Whether the cursor stays on the newest trace."""
        self.staying = False
        """Whether the next list keeps its cursor on the selected trace: the filter was made from it."""
        self.selected: int | None = None
        """The trace under the cursor."""
        self.deleted: set[int] = set()
        """Traces that the user has deleted and may bring back: the list leaves them out."""
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
        """Whether the list is paused."""
        return self._ceiling is not None

    @property
    def is_sorted(self) -> bool:
        """Whether the list has another order than newest first; such a list does not follow the newest trace."""
        return isinstance(self.ids, SortedTraceIds)

    @property
    def arrived(self) -> int:
        """The number of traces that arrived since the pause began."""
        return 0 if self._ceiling is None else self.ids.row_of(self._ceiling)

    def pause(self) -> None:
        """Stop changing the list."""
        self._ceiling = self.ids[0] if len(self.ids) else 0

    def resume(self) -> None:
        """End the pause and show the latest result."""
        self._ceiling = None
        if self._waiting is not None:
            traces, is_sorted = self._waiting
            self.found(traces, anew=True, is_sorted=is_sorted)

    def row_of(self, trace: int) -> int:
        """Returns the row of a trace, or the row nearest to its place."""
        return max(0, min(self.ids.row_of(trace) - self.arrived, len(self) - 1))

    def cursor(self) -> int:
        """Returns the row of the cursor; while following, that of the newest trace."""
        if self.following or self.selected is None:
            return 0
        return self.row_of(self.selected)

    def select(self, row: int) -> None:
        """Move the cursor to a row: the first row follows the newest trace, any other stays on its trace."""
        if len(self):
            self.following = row == 0 and not self.paused and not self.is_sorted
            self.selected = self[row]

    def settle(self) -> int:
        """Update the selection after a change of the list; returns its row."""
        row = self.cursor()
        self.selected = self[row] if len(self) else None
        if self.is_sorted and len(self):
            self.following = False
        return row

    def replace(self, newer: Sequence[int]) -> None:
        """Replace the list, after a new filter or for another file."""
        self.ids = TraceIds(newer)
        self._waiting = None
        self._leave_out()

    def found(self, traces: Sequence[int], *, anew: bool = False, again: bool = False, is_sorted: bool = False) -> None:
        """Add the traces of a search; `anew` starts another list.

        With `again` the same list was searched for once more: during a pause it waits.
        """
        if again and self.paused:
            self._waiting = (traces, is_sorted)
            return
        if anew:
            self.replace(())
        if anew and is_sorted:
            self.ids = SortedTraceIds(traces)
        else:
            self.ids.extend_older(traces)
        self._leave_out()

    def update(self, shown: Iterable[int], hidden: Iterable[int] = ()) -> None:
        """Add the traces `shown` that are missing, and remove the traces `hidden`."""
        for trace in hidden:
            self.ids.discard(trace)
        for trace in shown:
            if trace not in self.deleted:
                self.ids.add(trace)

    def delete(self, traces: Iterable[int]) -> None:
        """Leave out traces, until `restore`."""
        self.deleted.update(traces)
        self._leave_out()

    def restore(self, traces: Iterable[int]) -> bool:
        """Show deleted traces again; returns False if only another search can tell their places."""
        restored = set(traces) & self.deleted
        self.deleted -= restored
        if self.is_sorted:
            return False
        self.update(restored)
        return True

    def _leave_out(self) -> None:
        for trace in self.deleted:
            self.ids.discard(trace)
