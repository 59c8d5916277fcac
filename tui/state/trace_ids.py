"""The listed traces as ids only: a million of them cost little, and rows are read when drawn."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence


class TraceIds:
    """The ids of the listed traces, newest first: row 0 is the largest id.

    It grows on both ends at no cost: traces that arrive go to the newer end, and a search that walks from the
    newest to the oldest trace appends to the older end. A gap-free file is a range and needs no memory at all.
    """

    def __init__(self, newer: Sequence[int] = ()) -> None:
        """`newer` has ids in ascending order: a range if there are no gaps."""
        self._newer: range | array[int] = newer if isinstance(newer, range) else array("q", newer)
        self._older: array[int] = array("q")

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def __contains__(self, trace: int) -> bool:
        row = self.row_of(trace)
        return row < len(self) and self[row] == trace

    def __getitem__(self, row: int) -> int:
        """The id in `row`, 0 being the newest. Raises IndexError outside the list."""
        if row < 0:
            raise IndexError(row)
        newer = len(self._newer)
        return self._newer[newer - 1 - row] if row < newer else self._older[row - newer]

    def row_of(self, trace: int) -> int:
        """Returns the row of `trace`, or the row that it would have."""
        newer = len(self._newer)
        if newer and trace >= self._newer[0]:
            return newer - bisect_right(self._newer, trace)
        return newer + bisect_left(self._older, -trace, key=lambda older: -older)

    def slice(self, first_row: int, last_row: int) -> list[int]:
        """The ids of the rows `first_row` up to but not including `last_row`, newest first."""
        return [self[row] for row in range(max(0, first_row), min(last_row, len(self)))]

    def extend_older(self, traces: Iterable[int]) -> None:
        """Append the result of a search: ids in descending order, older than all others."""
        self._older.extend(traces)

    def add(self, trace: int) -> bool:
        """Insert a trace at its place. Returns False if it is listed already."""
        newer = self._newer
        if not newer and not self._older:
            self._newer = range(trace, trace + 1)
            return True
        if newer and trace > newer[-1]:
            if isinstance(newer, range):
                if trace == newer.stop:
                    self._newer = range(newer.start, trace + 1)
                    return True
                newer = self._newer = array("q", newer)
            newer.append(trace)
            return True
        if trace in self:
            return False
        if newer and trace > newer[0]:
            newer = self._as_array()
            newer.insert(bisect_left(newer, trace), trace)
        elif not newer and trace > self._older[0]:
            self._newer = range(trace, trace + 1)
        else:
            self._older.insert(bisect_left(self._older, -trace, key=lambda older: -older), trace)
        return True

    def discard(self, trace: int) -> bool:
        """Remove a trace. Returns False if it is not listed."""
        if trace not in self:
            return False
        row = self.row_of(trace)
        newer = self._as_array()
        if row < len(newer):
            del newer[len(newer) - 1 - row]
        else:
            del self._older[row - len(newer)]
        return True

    def _as_array(self) -> array[int]:
        if isinstance(self._newer, range):
            self._newer = array("q", self._newer)
        return self._newer


class SortedTraceIds:
    """The ids of the listed traces in the order of a sorting filter."""

    def __init__(self, traces: Iterable[int]) -> None:
        self._traces = list(traces)
        self._rows = {trace: row for row, trace in enumerate(self._traces)}

    def __len__(self) -> int:
        return len(self._traces)

    def __contains__(self, trace: int) -> bool:
        return trace in self._rows

    def __getitem__(self, row: int) -> int:
        """The id in `row`. Raises IndexError outside the list."""
        if row < 0:
            raise IndexError(row)
        return self._traces[row]

    def row_of(self, trace: int) -> int:
        """Returns the row of `trace`; 0 if it is not listed."""
        return self._rows.get(trace, 0)

    def slice(self, first_row: int, last_row: int) -> list[int]:
        """The ids of the rows `first_row` up to but not including `last_row`."""
        return self._traces[max(0, first_row) : last_row]

    def extend_older(self, traces: Iterable[int]) -> None:
        """Append traces."""
        for trace in traces:
            self._rows[trace] = len(self._traces)
            self._traces.append(trace)

    def add(self, trace: int) -> bool:
        """Do nothing: the search that follows a change finds the place of the trace."""
        return False

    def discard(self, trace: int) -> bool:
        """Remove a trace. Returns False if it is not listed."""
        if trace not in self._rows:
            return False
        self._traces.remove(trace)
        self._rows = {trace: row for row, trace in enumerate(self._traces)}
        return True
