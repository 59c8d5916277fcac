"""The rows of traces that were drawn lately, and the one place that asks for more."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...store.model.rows import TraceRow

PAGE_ROWS = 128
"""Rows read at once: one read of this size costs well below a millisecond."""

MOST_ROWS = 24 * PAGE_ROWS
"""Rows kept; bounds the memory whatever the size of the file."""


class TraceSource(Protocol):
    """Where rows come from."""

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """The rows of these traces; those that are gone are left out."""


class Rows(Protocol):
    """Something that names traces by row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> int: ...


class RowCache:
    """An LRU of trace rows by id. What lies around a missing row is read along with it."""

    def __init__(self) -> None:
        self.source: TraceSource | None = None
        self._rows: OrderedDict[int, TraceRow | None] = OrderedDict()

    def row(self, listed: Rows, place: int) -> TraceRow | None:
        """The row of the trace at `place` of `listed`; None when it was deleted or there is nothing to read from."""
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
        """Read these again when they are drawn next: they have changed."""
        for id in ids:
            self._rows.pop(id, None)

    def clear(self) -> None:
        """Forget everything: it is another file."""
        self._rows.clear()
