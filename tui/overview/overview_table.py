"""The lower part of the overview: traces by name, error and service, and calls by model; each row is a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.segment import Segment
from textual.binding import BindingType

from ...store.text import format
from ..facets.facet import Facet
from ..layout.cells import fit
from ..layout.columns import Column, kept_columns
from ..layout.group_columns import key_text
from ..widgets.row_list import RowList

if TYPE_CHECKING:
    from ...store.facets.overview import Overview
    from ...store.read.groups import Group

_FIELDS = {
    "model": ("model", "model", "calls"),
    "error": ("error", "trace.error", "failed"),
    "name": ("name", "trace.name", "traces"),
    "service": ("service", "trace.service", "traces"),
}
"""The tables in their order: the title, the field of the filter, and what is counted."""

MOST_ROWS = 12
"""Rows of each table, the most frequent first."""

_COLUMNS = (
    Column("", 14, key="key"),
    Column("", 8, right=True, key="count"),
    Column("failed", 7, right=True, key="errors"),
    Column("p50", 8, right=True, key="p50"),
    Column("p95", 8, right=True, key="p95"),
    Column("ttft95", 8, right=True, key="ttft"),
    Column("cost", 8, right=True, key="cost"),
)
_FIRST_KEPT = ("key", "count", "errors", "p95", "cost", "ttft", "p50")
_MOST_KEY_CELLS = 40


class TableRow(NamedTuple):
    """One row: a title, or one value."""

    section: str
    group: Group | None
    """None for the title."""

    @property
    def facet(self) -> Facet | None:
        """What the row filters by."""
        if self.group is None or self.group.key[0] is None:
            return None
        label, field, _ = _FIELDS[self.section]
        return Facet(label, field, self.group.key[0])


class OverviewTable(RowList):
    """Draws the tables below each other; the cursor stays on its row."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "enter", "Only this")]

    def __init__(self) -> None:
        super().__init__(id="overview-table")
        self.rows: list[TableRow] = []
        self._selected: tuple[str, object] | None = None

    def take(self, seen: Overview) -> None:
        """Show other tables."""
        self.rows = []
        for section in _FIELDS:
            groups = seen.sections.get(section)
            found = [] if groups is None else [one for one in groups.groups if one.key[0] is not None][:MOST_ROWS]
            if found and not (section == "service" and len(found) == 1):
                self.rows += [TableRow(section, None), *(TableRow(section, one) for one in found)]
        place = next((row for row, one in enumerate(self.rows) if _name(one) == self._selected), 1)
        self.empty_text = "" if seen.complete else "reading …"
        self.show(len(self.rows), place)

    def move_cursor(self, row: int, *, by_user: bool = True) -> None:
        """Move the cursor, which stays on its value."""
        super().move_cursor(row, by_user=by_user)
        if self.rows:
            self._selected = _name(self.rows[self.cursor])

    @property
    def facet(self) -> Facet | None:
        """What the row under the cursor filters by."""
        return self.rows[self.cursor].facet if self.rows else None

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a title or of a value."""
        one = self.rows[row]
        shown, spare = kept_columns(_COLUMNS, _FIRST_KEPT, width_cells - 2)
        shown[0] = shown[0]._replace(width_cells=min(_MOST_KEY_CELLS, shown[0].width_cells + spare))
        line: list[Segment] = []
        for column in shown:
            text, style = _title(one.section, column) if one.group is None else _cell(one.group, one.section, column)
            line.append(Segment("  " if line else " ", self.line_style("plain", background)))
            line.append(Segment(fit(text, column.width_cells, right=column.right), self.line_style(style, background)))
        return line


def _name(row: TableRow) -> tuple[str, object]:
    return row.section, () if row.group is None else row.group.key[0]


def _title(section: str, column: Column) -> tuple[str, str]:
    label, _, counted = _FIELDS[section]
    if section == "error" and column.key == "errors":
        return "", "dim"
    return {"key": label, "count": counted}.get(column.key, column.title), "title" if column.key == "key" else "dim"


def _cell(group: Group, section: str, column: Column) -> tuple[str, str]:
    match column.key:
        case "key":
            return key_text(group.key[0]), "error" if section == "error" else "strong"
        case "count":
            return format.count(group.spans if section == "model" else group.traces), "plain"
        case "errors":
            share = f"{100 * group.errors / (group.spans if section == 'model' else group.traces):.0f} %"
            return ("" if section == "error" or not group.errors else share), "error"
        case "p50" | "p95":
            ns = group.duration_p50_ns if column.key == "p50" else group.duration_p95_ns
            return ("" if ns is None else format.duration(round(ns))), "plain"
        case "ttft":
            return format.milliseconds(group.ttft_p95_ms), "plain"
        case _:
            return format.least_cost(group.cost_usd, group.calls_without_price), "plain"
