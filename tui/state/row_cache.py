"""The cache of the rows of recently drawn traces, with what their columns show beyond the row."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ...store.model.rows import TraceRow
    from ...store.read.previews import PreviewLines

PAGE_ROWS = 128
"""Rows per read: a read of this size takes less than a millisecond."""

MOST_ROWS = 24 * PAGE_ROWS
"""The most rows in the cache, which bounds the memory for files of any size."""


class TraceSource(Protocol):
    """A source of rows."""

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """Returns the rows of these traces, without those that were deleted."""

    def column_values(self, key: str, ids: Sequence[int]) -> Mapping[int, Any]:
        """Returns the values of the column `key` in these traces, without those that have none."""


class Rows(Protocol):
    """A list that has a trace id for each row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> int: ...


class CachedRow(NamedTuple):
    """A trace, and the values of the columns that are not in its row."""

    trace: TraceRow
    values: Mapping[str, Any]


class RowCache:
    """An LRU cache of trace rows by id. A missing row is read together with its neighbours."""

    def __init__(self) -> None:
        self.source: TraceSource | None = None
        self._columns: tuple[str, ...] = ()
        self._rows: OrderedDict[int, CachedRow | None] = OrderedDict()
        self._previews: OrderedDict[int, tuple[int, PreviewLines]] = OrderedDict()

    def want_columns(self, keys: tuple[str, ...]) -> None:
        """Set the columns whose values are read beside the rows."""
        if keys != self._columns:
            self._columns = keys
            self._rows.clear()

    def row(self, listed: Rows, place: int) -> CachedRow | None:
        """Returns the trace at `place` of `listed`; None if it was deleted or there is no source."""
        id = listed[place]
        if id in self._rows:
            self._rows.move_to_end(id)
            return self._rows[id]
        if self.source is None:
            return None
        first = max(0, place - PAGE_ROWS // 2)
        near = [listed[at] for at in range(first, min(len(listed), first + PAGE_ROWS))]
        missing = [one for one in near if one not in self._rows]
        found = {row.id: row for row in self.source.traces(missing)}
        columns = {key: self.source.column_values(key, missing) for key in self._columns}
        for one in missing:
            values = {key: column[one] for key, column in columns.items() if one in column}
            self._rows[one] = CachedRow(found[one], values) if one in found else None
        self._rows.move_to_end(id)
        while len(self._rows) > MOST_ROWS:
            self._rows.popitem(last=False)
        return self._rows[id]

    def preview(self, trace: TraceRow) -> tuple[PreviewLines | None, bool]:
        """Returns the lines last read of a trace, and whether the trace has not changed since."""
        rev, lines = self._previews.get(trace.id, (0, None))
        return lines, lines is not None and rev == trace.rev

    def take_previews(self, lines: Mapping[int, PreviewLines], revs: Mapping[int, int]) -> None:
        """Keep lines that were read; `revs` has the revisions at which the rows asked for them."""
        for trace, one in lines.items():
            self._previews[trace] = (revs.get(trace, 0), one)
            self._previews.move_to_end(trace)
        while len(self._previews) > MOST_ROWS:
            self._previews.popitem(last=False)

    def forget(self, ids: Iterable[int]) -> None:
        """Remove rows that have changed: they are read again when drawn."""
        for id in ids:
            self._rows.pop(id, None)

    def clear(self) -> None:
        """Remove all rows."""
        self._rows.clear()

    def forget_file(self) -> None:
        """Remove everything: another file has other traces under the same ids."""
        self._rows.clear()
        self._previews.clear()
