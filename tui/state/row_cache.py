"""The cache of the rows of recently drawn traces."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...store.model.rows import TraceRow

PAGE_ROWS = 128
"""Rows per read: a read of this size takes less than a millisecond."""

MOST_ROWS = 24 * PAGE_ROWS
"""The most rows in the cache, which bounds the memory for files of any size."""


class TraceSource(Protocol):
    """A source of rows."""

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """Returns the rows of these traces, without those that were deleted."""


class Rows(Protocol):
    """A list that has a trace id for each row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> int: ...


class RowCache:
    """An LRU cache of trace rows by id. A missing row is read together with its neighbours."""

    def __init__(self) -> None:
        self.source: TraceSource | None = None
        self._rows: OrderedDict[int, TraceRow | None] = OrderedDict()

    def row(self, listed: Rows, place: int) -> TraceRow | None:
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
        for one in missing:
            self._rows[one] = found.get(one)
        self._rows.move_to_end(id)
        while len(self._rows) > MOST_ROWS:
            self._rows.popitem(last=False)
        return self._rows[id]

    def forget(self, ids: Iterable[int]) -> None:
        """Remove rows that have changed: they are read again when drawn."""
        for id in ids:
            self._rows.pop(id, None)

    def clear(self) -> None:
        """Remove all rows."""
        self._rows.clear()
