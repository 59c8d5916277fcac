"""How it is going: rate, failures and latency over time, percentiles and totals, and tables whose rows filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from .. import actions
from ..layout.pane_shares import NARROW_BELOW
from ..widgets.key_line import KeyLine
from ..widgets.pane_header import TitleHeader
from ..widgets.row_list import RowList
from .heat_map_state import Box, OverviewState
from .overview_charts import HeatMap, OverTime, Percentiles
from .overview_table import OverviewTable

if TYPE_CHECKING:
    from ...store.facets.overview import Overview
    from ..facets.facet import Facet


class Chosen(NamedTuple):
    """What the user has chosen to see: a row of a table, or a box of the map."""

    facet: Facet | None = None
    denied: bool = False
    box: Box | None = None


class OverviewScreen(Screen["Chosen | None"]):
    """Shows the overview that the feed keeps up to date; returns what was chosen, None after Escape."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW_BELOW + 20, "-wide")]  # noqa: RUF012 (an instance variable to Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("overview")

    def __init__(self, note: str, *, utc: bool) -> None:
        super().__init__()
        self.state = OverviewState()
        self.table = OverviewTable()
        self.charts = (
            OverTime(self.state, id="over-time"),
            HeatMap(self.state, id="heat-map"),
            Percentiles(self.state, id="percentiles"),
        )
        self._title = TitleHeader("Overview", id="page-title")
        self._note = note
        for chart in self.charts:
            chart.utc = utc

    def compose(self) -> ComposeResult:
        """Yields the charts, the tables and the keys."""
        yield self._title
        with Horizontal(id="overview"):
            with Vertical(id="charts"):
                yield from self.charts
            yield self.table
        yield KeyLine("overview")

    def on_mount(self) -> None:
        """Wait for the numbers."""
        self.table.empty_text = "reading …"
        self.table.focus()
        self._title.show("Overview", self._note or "all traces")

    def take_overview(self, seen: Overview) -> None:
        """Show newer numbers."""
        if self.is_attached:
            self.state.take(seen)
            self.table.take(seen)
            for chart in self.charts:
                chart.refresh()

    @on(RowList.Opened)
    def action_only(self) -> None:
        """Show only the traces of the row, or of the box."""
        if isinstance(self.focused, HeatMap):
            self.focused.action_enter()
        elif (facet := self.table.facet) is not None:
            self.dismiss(Chosen(facet))

    def action_without(self) -> None:
        """Leave out the traces of the row."""
        if (facet := self.table.facet) is not None:
            self.dismiss(Chosen(facet, denied=True))

    @on(HeatMap.BoxChosen)
    def _box_chosen(self, message: HeatMap.BoxChosen) -> None:
        self.dismiss(Chosen(box=message.box))

    def action_other(self) -> None:
        """Go to the map, or back to the tables."""
        self.set_focus(self.table if isinstance(self.focused, HeatMap) else self.query_one(HeatMap))
        self.query_one(KeyLine).show("map" if isinstance(self.focused, HeatMap) else "overview")

    def on_descendant_focus(self) -> None:
        """Show the keys of the map or of the tables."""
        self.query_one(KeyLine).show("map" if isinstance(self.focused, HeatMap) else "overview")

    def action_close(self) -> None:
        """End the box, or go back to the list of traces."""
        if self.state.anchor is not None:
            self.state.toggle_anchor()
            self.query_one(HeatMap).refresh()
        else:
            self.dismiss(None)
