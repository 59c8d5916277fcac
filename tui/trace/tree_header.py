"""The line above the tree: the title of the trace, the titles of the columns, the time axis of the bars."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment

from ..layout.cells import cut, fit
from ..layout.time_axis import Axis, ticks
from ..layout.tree_layout import Needs, layout_for
from ..widgets.pane_header import PaneHeader
from .span_line import ON_PATH


class TreeHeader(PaneHeader):
    """The name of the open trace, and the ticks of its time axis."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.title = ""
        self.axis: Axis | None = None
        self.costs: tuple[str, ...] = ()
        self.needs = Needs()
        self.zero_ns = 0
        self.hidden = ""
        self.is_flame = False

    def show(
        self,
        title: str,
        axis: Axis | None,
        costs: tuple[str, ...] = (),
        needs: Needs = Needs(),  # noqa: B008 (an immutable tuple)
        zero_ns: int = 0,
        hidden: str = "",
        is_flame: bool = False,
    ) -> None:
        """Show a title, an axis, and the first of `costs` that fits: the same cost in longer and shorter words.

        `needs` are the widths of the columns of this trace. Its times are counted from `zero_ns`. `hidden` says which
        spans are not shown. Above a flame graph there are no columns.
        """
        self.title, self.axis, self.costs, self.needs = title, axis, costs, needs
        self.zero_ns, self.hidden, self.is_flame = zero_ns, hidden, is_flame
        self.refresh()

    def line(self, width_cells: int) -> list[Segment]:
        """Returns the title above the labels, and the ticks above the bars."""
        if not self.title:
            return []
        if self.axis is None or self.is_flame:
            return [Segment(fit(self._label(width_cells), width_cells), self.line_style("title"))]
        layout = layout_for(width_cells - 1, self.needs)
        parts = [Segment(fit(self._label(layout.label), layout.label), self.line_style("title"))]
        gap, dim = " " * layout.gap, self.line_style("dim")
        for title, width in (("Tokens", layout.tokens), ("TTFT", layout.ttft), ("Cost", layout.cost)):
            if width:
                parts.append(Segment(gap + fit(title, width, right=True), dim))
        parts.append(Segment(gap + fit("Duration", layout.duration, right=True), dim))
        if layout.self_time:
            parts.append(Segment(gap + fit("Self", layout.self_time, right=True), dim))
        if layout.bar:
            parts.append(Segment(f" {ON_PATH} ", self.line_style("path")))
            parts.append(Segment(ruler(self.axis, self.zero_ns, layout.bar - 1), dim))
        return parts

    def _label(self, width_cells: int) -> str:
        title = " " + self.title
        if self.hidden:
            # What is not there has to be said, whatever else fits.
            return cut(title, width_cells - cell_len(self.hidden) - 3) + f" · {self.hidden}"
        for cost in self.costs:
            if cost and cell_len(title) + cell_len(cost) + 3 <= width_cells:
                return f"{title} · {cost}"
        # Cut the title rather than the cost: the list shows the title too, but perhaps not the cost.
        end = f" · {self.costs[-1]}" if self.costs and self.costs[-1] else ""
        return cut(title, width_cells - cell_len(end)) + end


def ruler(axis: Axis, zero_ns: int, width_cells: int) -> str:
    """Returns the ticks of an axis; times are counted from `zero_ns`."""
    line = ""
    spacing_cells = 8 if width_cells >= 24 else 5
    for tick in ticks(axis.length_ns, width_cells, start_ns=axis.start_ns - zero_ns, spacing_cells=spacing_cells):
        line = line.ljust(tick.column) + "╷" + tick.label
    return line
