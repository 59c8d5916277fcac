"""The columns of the list of traces: which there are, which of them are shown, and how wide each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .columns import GAP_CELLS, Column, kept_columns

ATTRIBUTE = "attr:"
"""Precedes the name of an attribute in the key of a column that shows this attribute."""

LEAST_CELLS, MOST_CELLS = 3, 200
"""The widths between which a user may set a column."""

COLUMNS = (
    Column("", 1, key="status"),
    Column("", 3, key="kept"),
    Column("Started", 8, key="start", most_cells=12),
    Column("Trace", 18, key="name", most_cells=34),
    Column("", 10, key="bar", most_cells=20),
    Column("Duration", 8, right=True, key="duration"),
    Column("TTFT", 7, right=True, key="ttft"),
    Column("Tokens", 11, right=True, key="tokens"),
    Column("Cost", 8, right=True, key="cost"),
    Column("Spans", 6, right=True, key="spans"),
    Column("Errors", 6, right=True, key="errors"),
    Column("Peak", 6, right=True, key="peak"),
    Column("Model", 12, key="model", most_cells=22),
    Column("Service", 8, key="service", most_cells=16),
    Column("Session", 9, key="session", most_cells=14),
    Column("User", 8, key="user", most_cells=14),
    Column("Tags", 12, key="tags", most_cells=24),
    Column("Preview", 18, key="preview", most_cells=400),
)
"""In the order they are shown."""

LABELS = {"status": "Status", "kept": "Star, thumb and mark", "bar": "Duration as a bar", "peak": "Peak context tokens"}
"""The names of columns whose titles do not say enough."""

SORT_FIELDS = {
    "start": "trace.start",
    "name": "trace.name",
    "duration": "trace.duration",
    "ttft": "trace.ttft",
    "tokens": "trace.tokens",
    "cost": "trace.cost",
    "spans": "trace.spans",
    "errors": "trace.errors",
    "peak": "max(input_tokens)",
    "model": "trace.model",
    "service": "trace.service",
    "session": "trace.session",
    "user": "trace.user",
    "status": "trace.status",
    "preview": "trace.request",
}
"""The field of the filter language by which each column is sorted."""

ASCENDING_FIRST = frozenset({"name", "model", "service", "session", "user", "status", "preview"})
"""Columns of text, which are sorted from the beginning of the alphabet first; numbers from the largest."""

_SHOWN_UNASKED = frozenset(column.key for column in COLUMNS) - {"errors", "peak", "user"}
_ALWAYS_FILLED = frozenset({"status", "start", "name", "bar", "duration", "spans", "preview"})

_FIRST_KEPT = (
    *("status", "kept", "duration", "preview", "start", "bar", "ttft", "cost", "name", "tokens", "model"),
    *("session", "service", "spans", "tags"),
)
"""The last of these is dropped first when the terminal is narrow."""

_ROOM_BESIDE_NAME = 24
"""Cells that the preview can grow by before a name that all traces share is worth a column."""

_LONG_PREVIEW = 30
"""The least width of the preview in a wide list."""

_WIDE_FROM = 100

_LONG_START_FROM = 130
"""The width from which a start has its milliseconds."""


class ColumnChoice(NamedTuple):
    """The columns that a user has chosen."""

    keys: tuple[str, ...] = ()
    """The keys in the order they are shown; empty for the columns that fit."""
    widths: Mapping[str, int] = {}
    """Widths that the user has set, in cells."""

    @property
    def extras(self) -> tuple[str, ...]:
        """The chosen columns whose values are not in the row of a trace."""
        return tuple(key for key in self.keys if key == "peak" or key.startswith(ATTRIBUTE))


def column_of(key: str) -> Column | None:
    """Returns the column with a key; None if there is none."""
    if key.startswith(ATTRIBUTE) and len(key) > len(ATTRIBUTE):
        name = key.removeprefix(ATTRIBUTE)
        return Column(name, max(6, min(14, len(name))), key=key, most_cells=24)
    return next((column for column in COLUMNS if column.key == key), None)


def label_of(key: str) -> str:
    """Returns the name of a column for a menu."""
    column = column_of(key)
    return LABELS.get(key) or (column.title if column else key)


NO_CHOICE = ColumnChoice()


def columns_for(width_cells: int, choice: ColumnChoice = NO_CHOICE, longest: Mapping[str, int] = {}) -> list[Column]:
    """Returns the columns that fit into `width_cells`, each with its final width.

    Without a choice these are the columns in `longest`, which have a value in some row, and those that always have one;
    a column of text is not wider than its longest value. A name that is not there is the same in all rows, and is
    dropped first.
    """
    least = {"preview": _LONG_PREVIEW} if width_cells >= _WIDE_FROM else {}
    offered = [
        column._replace(width_cells=choice.widths.get(column.key, least.get(column.key, column.width_cells)))
        for column in _offered(choice, longest)
    ]
    first_kept = [column.key for column in offered]
    if not choice.keys:
        first_kept = [key for key in _FIRST_KEPT if key in first_kept]
        if "name" not in longest:
            first_kept.remove("name")
            first_kept.append("name")
    shown, spare = kept_columns(offered, first_kept, width_cells)
    if not choice.keys and first_kept[-1] == "name" and spare < _ROOM_BESIDE_NAME:
        shown, spare = kept_columns(offered, first_kept[:-1], width_cells)
    if width_cells < _LONG_START_FROM:
        shown = [column._replace(most_cells=0) if column.key == "start" else column for column in shown]
    return _grown(shown, spare, choice.widths)


def column_at(columns: list[Column], cell: int) -> Column | None:
    """Returns the column at a cell of the line; the gap behind a column belongs to it."""
    end = 0
    for column in columns:
        end += column.width_cells + GAP_CELLS
        if cell < end:
            return column
    return None


def _offered(choice: ColumnChoice, longest: Mapping[str, int]) -> list[Column]:
    if choice.keys:
        return [column for key in choice.keys if (column := column_of(key)) is not None]
    return [
        _at_most(one, longest.get(one.key, 0))
        for one in COLUMNS
        if one.key in _SHOWN_UNASKED and (one.key in _ALWAYS_FILLED or one.key in longest)
    ]


def _at_most(column: Column, chars: int) -> Column:
    if not column.most_cells or not chars:
        return column
    chars = max(chars, len(column.title))
    return column._replace(width_cells=min(column.width_cells, chars), most_cells=min(column.most_cells, chars))


def _grown(shown: list[Column], spare: int, fixed: Mapping[str, int]) -> list[Column]:
    most = {column.key: column.most_cells for column in shown if column.key not in fixed}
    widths = {column.key: column.width_cells for column in shown}
    # People find their trace by its preview: it gets most of the spare cells, and those that other columns leave.
    shares = [("start", spare), ("name", spare // 4), ("preview", spare * 3 // 5), ("name", spare)]
    shares += [(column.key, spare) for column in shown if column.key not in ("start", "name", "preview")]
    for key, share in [*shares, ("preview", spare)]:
        grown = max(0, min(most.get(key, 0) - widths.get(key, 0), share, spare))
        # A start has two forms, and nothing between them.
        if grown and (key != "start" or grown == most[key] - widths[key]):
            widths[key] += grown
            spare -= grown
    if "preview" not in widths and "name" in widths and "name" not in fixed:
        widths["name"] += spare
    return [column._replace(width_cells=widths[column.key]) for column in shown]
