"""The choice of columns while the user edits it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..layout.trace_columns import ATTRIBUTE, COLUMNS, LEAST_CELLS, MOST_CELLS, ColumnChoice, column_of, label_of


class ColumnLine(NamedTuple):
    """One column that can be shown."""

    key: str
    label: str
    is_shown: bool
    width_cells: int = 0
    """The width that the user has set; 0 for none."""

    @property
    def attribute(self) -> str:
        """The attribute that the column shows; empty for none."""
        return self.key.removeprefix(ATTRIBUTE) if self.key.startswith(ATTRIBUTE) else ""


class ColumnEditor:
    """Lines of columns: the shown ones in their order, then the others."""

    def __init__(self, choice: ColumnChoice, shown: Sequence[str], attributes: Iterable[str]) -> None:
        """`shown` are the columns of the list now, which are edited if none were chosen before."""
        self._shown = list(choice.keys or shown)
        self._widths = dict(choice.widths)
        self._known = [*(column.key for column in COLUMNS), *(ATTRIBUTE + name for name in attributes)]
        self._is_choice = bool(choice.keys)

    @property
    def choice(self) -> ColumnChoice:
        """The columns as they are now."""
        return ColumnChoice(tuple(self._shown) if self._is_choice else (), dict(self._widths))

    @property
    def lines(self) -> list[ColumnLine]:
        """The columns that are shown, then those that are not."""
        hidden = [key for key in self._known if key not in self._shown]
        return [
            ColumnLine(key, label_of(key), is_shown, self._widths.get(key, 0))
            for keys, is_shown in ((self._shown, True), (hidden, False))
            for key in keys
        ]

    def toggle(self, row: int) -> int:
        """Show or hide the column in a row; returns its row afterwards. The last column stays."""
        key = self.lines[row].key
        if key in self._shown:
            if len(self._shown) > 1:
                self._shown.remove(key)
        else:
            self._shown.append(key)
        self._is_choice = True
        return self._row_of(key)

    def move(self, row: int, step: int) -> int:
        """Move a shown column among the others; returns its row afterwards."""
        if row >= len(self._shown):
            return row
        key = self._shown.pop(row)
        place = max(0, min(len(self._shown), row + step))
        self._shown.insert(place, key)
        self._is_choice = True
        return place

    def widen(self, row: int, step: int) -> int:
        """Change the width of a column; returns its row."""
        key = self.lines[row].key
        column = column_of(key)
        if column is not None:
            width = self._widths.get(key, column.width_cells) + step
            self._widths[key] = max(LEAST_CELLS, min(MOST_CELLS, width))
        return row

    def reset(self) -> None:
        """Choose nothing: the list shows the columns that have values."""
        self._is_choice = False
        self._widths = {}

    def _row_of(self, key: str) -> int:
        return next(row for row, line in enumerate(self.lines) if line.key == key)
