"""The columns of the list of traces for a given width."""

from __future__ import annotations

from .columns import Column, kept_columns

COLUMNS = (
    Column("", 1, key="status"),
    Column("Started", 12, key="start"),
    Column("Trace", 14, key="name", most_cells=34),
    Column("Duration", 8, right=True, key="duration"),
    Column("TTFT", 7, right=True, key="ttft"),
    Column("Tokens", 11, right=True, key="tokens"),
    Column("Cost", 8, right=True, key="cost"),
    Column("Model", 12, key="model", most_cells=22),
    Column("Session", 9, key="session", most_cells=14),
    Column("Preview", 18, key="preview", most_cells=400),
)
"""In the order they are shown."""

_FIRST_KEPT = ("status", "name", "duration", "start", "ttft", "tokens", "model", "preview", "cost", "session")
"""The last of these is dropped first when the terminal is narrow."""


def columns_for(width_cells: int) -> list[Column]:
    """Returns the columns that fit into `width_cells`, each with its final width."""
    by_key = {column.key: column for column in COLUMNS}
    shown, spare = kept_columns(COLUMNS, _FIRST_KEPT, width_cells)
    widths = {column.key: column.width_cells for column in shown}
    # People find their trace by its preview: it gets most of the spare cells, and those that other columns leave.
    for key, share in (
        ("preview", spare * 3 // 5),
        ("name", spare),
        ("model", spare),
        ("session", spare),
        ("preview", spare),
    ):
        if key in widths:
            grown = min(by_key[key].most_cells - widths[key], share, spare)
            widths[key] += grown
            spare -= grown
    if "name" in widths and "preview" not in widths:
        widths["name"] += spare
    return [column._replace(width_cells=widths[column.key]) for column in shown]
