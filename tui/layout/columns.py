"""A column of a list or of a printed table, and which columns fit into a width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

GAP_CELLS = 2
"""Cells between two columns."""


class Column(NamedTuple):
    """One column: its title, its width, and the side its text is aligned to."""

    title: str
    width_cells: int
    right: bool = False
    key: str = ""
    """Names the value that the column shows."""
    most_cells: int = 0
    """The width up to which the column may grow; 0 for a fixed width."""


def kept_columns(columns: Sequence[Column], first_kept: Sequence[str], width_cells: int) -> tuple[list[Column], int]:
    """Returns the columns that fit and the cells left over. The last key of `first_kept` is dropped first."""
    by_key = {column.key: column for column in columns}
    kept: set[str] = set()
    used = 0
    for key in first_kept:
        needed = by_key[key].width_cells + (GAP_CELLS if kept else 0)
        if kept and used + needed > width_cells:
            break
        kept.add(key)
        used += needed
    return [column for column in columns if column.key in kept], width_cells - used
