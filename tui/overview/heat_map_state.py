"""The overview as it is drawn: stretches of time as columns, durations on a logarithmic scale as rows, and a box."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ...store.facets.time_grid import EDGES_MS, Bucket

if TYPE_CHECKING:
    from ...store.facets.overview import Overview
    from ...store.facets.time_grid import TimeGrid
    from ...store.filter.tree.nodes import Query

_NS_PER_S = 1_000_000_000


class Box(NamedTuple):
    """What a part of the map stands for; bounds that are None are open."""

    start_ns: int
    end_ns: int
    least_ms: float | None
    below_ms: float | None


class Picture(NamedTuple):
    """The grid folded to so many cells."""

    first_ns: int
    column_ns: int
    columns: Sequence[Bucket]
    first_bin: int
    bins_per_row: int
    rows: int
    most: int
    """The most traces of one cell."""

    def traces_in(self, column: int, row: int) -> int:
        """Returns the traces of a cell; row 0 has the shortest durations."""
        first = self.first_bin + row * self.bins_per_row
        bins = self.columns[column].bins
        return sum(bins.get(place, 0) for place in range(first, first + self.bins_per_row))

    def edge_ms(self, row: int) -> float | None:
        """Returns the least duration of a row; None for what is shorter than all bins."""
        place = self.first_bin + row * self.bins_per_row - 1
        return EDGES_MS[place] if 0 <= place < len(EDGES_MS) else None

    def box(self, one: tuple[int, int], other: tuple[int, int]) -> Box:
        """Returns what lies between two cells, each a column and a row."""
        (left, right), (low, high) = (sorted(pair) for pair in zip(one, other, strict=True))
        start_ns = self.first_ns + left * self.column_ns
        return Box(start_ns, self.first_ns + (right + 1) * self.column_ns, self.edge_ms(low), self.edge_ms(high + 1))


def picture(grid: TimeGrid, columns: int, rows: int) -> Picture | None:
    """Returns the grid in at most so many columns and rows; None for a grid without traces."""
    if not grid.buckets or columns < 1 or rows < 1:
        return None
    first, last = min(grid.buckets), max(grid.buckets)
    per_column = -(-(last - first + 1) // columns)
    folded = [Bucket() for _ in range((last - first) // per_column + 1)]
    for place, bucket in grid.buckets.items():
        folded[(place - first) // per_column].add(bucket)
    bins = [place for bucket in folded for place in bucket.bins] or [0]
    per_row = -(-(max(bins) - min(bins) + 1) // rows)
    shown = Picture(
        first * grid.width_ns,
        per_column * grid.width_ns,
        folded,
        min(bins),
        per_row,
        (max(bins) - min(bins)) // per_row + 1,
        1,
    )
    cells = (shown.traces_in(column, row) for column in range(len(folded)) for row in range(shown.rows))
    return shown._replace(most=max(1, *cells) if folded else 1)


def narrowed_to_box(query: Query | None, box: Box, *, utc: bool) -> str:
    """Returns the text of the filter `query` with only the traces in a box of the map."""
    from ...store.filter.assist.refinement import field_named, narrowed_to
    from ...store.filter.syntax.parser import parse
    from ...store.filter.tree.nodes import Compare, Value

    text = query.text if query is not None else ""
    bounds = [
        ("trace.start", ">=", time_text(box.start_ns, utc=utc)),
        ("trace.start", "<", time_text(box.end_ns, utc=utc)),
        ("trace.duration", ">=", None if box.least_ms is None else f"{box.least_ms:.6g}ms"),
        ("trace.duration", "<", None if box.below_ms is None else f"{box.below_ms:.6g}ms"),
    ]
    for field, op, value in bounds:
        if value is not None:
            text = narrowed_to(parse(text), Compare(field_named(field), op, (Value(value, False),)))
    return text


def time_text(ns: int, *, utc: bool) -> str:
    """Returns a moment as it is typed in a filter, in the zone that times are shown in."""
    moment = datetime.fromtimestamp(ns // _NS_PER_S, UTC if utc else None)
    fraction = ns % _NS_PER_S // 1_000
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{fraction:06}" if fraction else "")


class OverviewState:
    """The newest overview, and the cursor and the box on its map."""

    def __init__(self) -> None:
        self.overview: Overview | None = None
        self.cursor: tuple[int, int] | None = None
        """The column and the row of the cell under the cursor; None before it was moved."""
        self.anchor: tuple[int, int] | None = None
        """The other corner of the box."""
        self._picture: Picture | None = None
        self._picture_of: tuple[int, int, int] | None = None

    def take(self, overview: Overview) -> None:
        """Show another overview."""
        self.overview = overview
        self._picture_of = None

    def picture(self, columns: int, rows: int) -> Picture | None:
        """Returns the map for a size."""
        if self.overview is None:
            return None
        if self._picture_of != (of := (id(self.overview), columns, rows)):
            self._picture_of, self._picture = of, picture(self.overview.grid, columns, rows)
        return self._picture

    def move(self, columns: int, rows: int) -> None:
        """Move the cursor on the map."""
        shown = self._picture
        if shown is None:
            return
        column, row = self.cursor or (len(shown.columns) - 1, 0)
        self.cursor = (
            max(0, min(column + columns, len(shown.columns) - 1)),
            max(0, min(row + rows, shown.rows - 1)),
        )

    def toggle_anchor(self) -> None:
        """Begin a box at the cursor, or end it."""
        if self.cursor is not None:
            self.anchor = None if self.anchor is not None else self.cursor

    def is_in_box(self, column: int, row: int) -> bool:
        """Whether a cell is in the box, or under the cursor."""
        if self.cursor is None:
            return False
        other = self.anchor or self.cursor
        return all(min(a, b) <= one <= max(a, b) for one, a, b in zip((column, row), self.cursor, other, strict=True))

    def box(self) -> Box | None:
        """Returns what the box stands for."""
        if self._picture is None or self.cursor is None:
            return None
        return self._picture.box(self.cursor, self.anchor or self.cursor)
