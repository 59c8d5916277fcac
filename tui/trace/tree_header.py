"""The line above the tree: the title of the trace, the titles of the columns, the time axis of the bars."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment

from ..layout.cells import cut, fit
from ..layout.time_axis import Axis, ticks
from ..layout.tree_layout import layout_for
from ..widgets.pane_header import PaneHeader


class TreeHeader(PaneHeader):
    """The name of the open trace, and the ticks of its time axis."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.title = ""
        self.axis: Axis | None = None
        self.costs: tuple[str, ...] = ()

    def show(self, title: str, axis: Axis | None, costs: tuple[str, ...] = ()) -> None:
        """Show a title, an axis, and the first of `costs` that fits: the same cost in longer and shorter words."""
        if (title, axis, costs) != (self.title, self.axis, self.costs):
            self.title, self.axis, self.costs = title, axis, costs
            self.refresh()

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the title above the labels, and the ticks above the bars."""
        if not self.title:
            return []
        layout = layout_for(width_cells - 1)
        parts = [Segment(fit(self._label(layout.label), layout.label), self.line_style("title"))]
        for title, width in (("Tokens", layout.tokens), ("TTFT", layout.ttft), ("Duration", layout.duration)):
            if width:
                parts.append(Segment("  " + fit(title, width, right=True), self.line_style("dim")))
        if layout.bar and self.axis is not None:
            parts.append(Segment("  " + _ruler(self.axis.length_ns, layout.bar - 1), self.line_style("dim")))
        return parts

    def _label(self, width_cells: int) -> str:
        title = " " + self.title
        for cost in self.costs:
            if cost and cell_len(title) + cell_len(cost) + 3 <= width_cells:
                return f"{title} · {cost}"
        # Cut the title rather than the cost: the list shows the title too, but perhaps not the cost.
        end = f" · {self.costs[-1]}" if self.costs and self.costs[-1] else ""
        return cut(title, width_cells - cell_len(end)) + end


def _ruler(length_ns: int, width_cells: int) -> str:
    line = ""
    for tick in ticks(length_ns, width_cells):
        line = line.ljust(tick.column) + "╷" + tick.label
    return line
