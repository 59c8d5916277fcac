"""Prints rows as aligned columns: cut to the width of a terminal, whole in a pipe or file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TextIO

from .cells import fit
from .columns import GAP_CELLS, Column
from .terminal import is_coloured

_COLOURS = {"OK": "32", "ERROR": "31", "RUNNING": "36", "CANCELLED": "33", "UNSET": "32", "LOST": "35"}


class TextTable:
    """Prints rows one by one, so that the first shows before the last is known. The caller sanitises the cells.

    The last column takes the rest of the line.
    """

    def __init__(self, columns: Sequence[Column], out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._columns = columns
        self._is_terminal = self._out.isatty()
        self._line_cells = shutil.get_terminal_size().columns if self._is_terminal else None
        self._coloured = is_coloured(self._out)
        self._began = False

    def add(self, cells: Sequence[str], *, style: str = "") -> None:
        """Print one row, in a style of `terminal`; the titles come before the first."""
        if not self._began:
            self._began = True
            self._print([column.title for column in self._columns], "")
        self._print(cells, style)

    def _print(self, cells: Sequence[str], style: str) -> None:
        left = self._line_cells
        parts: list[str] = []
        for number, (column, cell) in enumerate(zip(self._columns, cells, strict=True)):
            width = column.width_cells
            if number == len(self._columns) - 1:
                width = 0
            if left is None:
                text = cell if not width or len(cell) > width else fit(cell, width, right=column.right)
            else:
                room = left if not width else min(width, left)
                text = fit(cell, room, right=column.right and bool(width)) if room > 0 else ""
                left -= room + GAP_CELLS
            if text:
                colour = (style or _COLOURS.get(cell)) if self._coloured else None
                parts.append(f"\x1b[{colour}m{text}\x1b[0m" if colour else text)
        self._out.write((" " * GAP_CELLS).join(parts).rstrip() + "\n")
