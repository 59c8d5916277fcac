"""The list of groups, one line each, and the titles above it."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType

from .. import actions
from ..layout.cells import fit
from ..layout.columns import GAP_CELLS, Column
from ..layout.group_columns import NOTHING, group_cell, group_columns
from ..state.group_listing import GroupListing
from .pane_header import PaneHeader
from .row_list import RowList

_SPACE = " " * GAP_CELLS


class GroupList(RowList):
    """Draws the groups of `listing`."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("groups")

    def __init__(self, listing: GroupListing) -> None:
        super().__init__(id="groups")
        self.listing = listing
        self.now_ns = 0
        self.utc = False
        self._columns: list[Column] = []
        self._columns_of: tuple[int, int] | None = None

    def show_listing(self, *, searching: bool) -> None:
        """Redraw the list after a change of the listing."""
        self.empty_text = "searching …" if searching else "No group matches this filter."
        self._columns_of = None
        self.show(len(self.listing), self.listing.cursor())

    def columns(self, width_cells: int) -> list[Column]:
        """Returns the columns for a width."""
        groups = self.listing.groups
        if groups is None:
            return []
        if self._columns_of != (id(groups), width_cells):
            self._columns_of = (id(groups), width_cells)
            self._columns = group_columns(groups, width_cells)
        return self._columns

    def draw(self, row: int, width_cells: int, background: str) -> list[Segment]:
        """Returns the line of a group."""
        groups = self.listing.groups
        if groups is None or row >= len(self.listing):
            return []
        space = Segment(_SPACE, self.line_style("plain", background))
        line: list[Segment] = []
        for column in self.columns(width_cells - 2):
            text = group_cell(groups, self.listing[row], column, now_ns=self.now_ns, utc=self.utc)
            line.append(space if line else Segment(" ", space.style))
            line.append(
                Segment(
                    fit(text, column.width_cells, right=column.right), self.line_style(_style(column, text), background)
                )
            )
        return line


def _style(column: Column, text: str) -> str:
    if column.key.startswith("key"):
        return "dim" if text == NOTHING else "strong"
    if column.key == "errors":
        return "faint" if text == "0" else "error"
    return "dim" if column.key == "newest" else "plain"


class GroupHeader(PaneHeader):
    """The titles above the list."""

    def __init__(self, group_list: GroupList) -> None:
        super().__init__(id="groups-header")
        self._group_list = group_list

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the titles above their columns; the last cell belongs to the scrollbar."""
        columns = self._group_list.columns(width_cells - 3)
        titles = [fit(column.title, column.width_cells, right=column.right) for column in columns]
        return [Segment(" " + (" " * GAP_CELLS).join(titles), self.line_style("dim"))]
