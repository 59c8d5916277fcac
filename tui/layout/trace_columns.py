"""Which columns the list of traces shows in a given width, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Column(NamedTuple):
    """One column of the list; widths in cells."""

    key: str
    title: str
    width: int
    most: int
    """How wide it may grow; `width` when it is fixed."""
    right: bool = False


COLUMNS = (
    Column("status", "", 1, 1),
    Column("start", "Started", 12, 12),
    Column("name", "Trace", 14, 34),
    Column("duration", "Duration", 8, 8, right=True),
    Column("ttft", "TTFT", 7, 7, right=True),
    Column("tokens", "Tokens", 11, 11, right=True),
    Column("cost", "Cost", 8, 8, right=True),
    Column("model", "Model", 12, 22),
    Column("session", "Session", 9, 14),
    Column("preview", "Preview", 18, 400),
)
"""In the order they are shown."""

_FIRST_KEPT = ("status", "name", "duration", "start", "ttft", "tokens", "model", "preview", "cost", "session")
"""The last of these is the first to go when the terminal gets narrow."""

GAP = 2
"""Cells between two columns."""


def columns_for(width_cells: int) -> list[Column]:
    """The columns that fit into `width_cells`, each with the width it gets."""
    by_key = {column.key: column for column in COLUMNS}
    shown, spare = kept_columns(COLUMNS, _FIRST_KEPT, width_cells)
    widths = {column.key: column.width for column in shown}
    # The preview is what people find their trace by: it gets most of the room, and what the others cannot use.
    for key, share in (
        ("preview", spare * 3 // 5),
        ("name", spare),
        ("model", spare),
        ("session", spare),
        ("preview", spare),
    ):
        if key in widths:
            grown = min(by_key[key].most - widths[key], share, spare)
            widths[key] += grown
            spare -= grown
    if "name" in widths and "preview" not in widths:
        widths["name"] += spare
    return [column._replace(width=widths[column.key]) for column in shown]


def kept_columns(columns: Sequence[Column], first_kept: Sequence[str], width_cells: int) -> tuple[list[Column], int]:
    """Those of `columns` that fit, and the cells left over; the last of `first_kept` is the first to go."""
    by_key = {column.key: column for column in columns}
    kept: set[str] = set()
    used = 0
    for key in first_kept:
        needed = by_key[key].width + (GAP if kept else 0)
        if kept and used + needed > width_cells:
            break
        kept.add(key)
        used += needed
    return [column for column in columns if column.key in kept], width_cells - used
