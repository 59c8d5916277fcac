"""The values of one field with their counts: the rows of the table, and the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...store.facets.values import Values
    from ...store.read.groups import Group


class ValueRow(NamedTuple):
    """One value."""

    value: str | int | float | None
    """None for what has no value."""
    occurrences: int
    """How many spans, or traces where the field is the trace's, have the value."""
    share: float
    """Its part of all that were counted, from 0 to 1."""
    group: Group


class ValueTable:
    """Rows in order of their counts. The cursor stays on its value while values are counted."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.rows: list[ValueRow] = []
        self.of_traces = False
        self.complete = False
        self.too_many = False
        self._selected: object = ()

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, values: Values) -> None:
        """Show other counts."""
        self.complete, self.too_many = values.complete, values.too_many
        groups = values.groups
        self.of_traces = groups is not None and groups.of_traces
        found = [] if groups is None else groups.groups
        if not self.of_traces:
            found = [one for one in found if one.key[0] is not None]  # most spans lack what is about a few
        counts = [one.traces if self.of_traces else one.spans for one in found]
        total = sum(counts) or 1
        self.rows = [ValueRow(one.key[0], count, count / total, one) for one, count in zip(found, counts, strict=True)]
        if self.complete and self._selected == ():
            self.select(0)

    @property
    def cursor(self) -> int:
        """The row of the cursor."""
        return next((row for row, one in enumerate(self.rows) if one.value == self._selected), 0)

    def select(self, row: int) -> None:
        """Move the cursor to a row."""
        if 0 <= row < len(self.rows):
            self._selected = self.rows[row].value

    @property
    def title(self) -> str:
        """The field, and how many values there are."""
        count = f"{len(self.rows):,}{'+' if self.too_many else ''} value{'' if len(self.rows) == 1 else 's'}"
        return f"{self.field} · {count}{'' if self.complete or self.too_many else ' so far'}"
