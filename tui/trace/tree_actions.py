"""What the tree shows, by keys: folds, the critical path, spans above a limit, a flame graph, a part of the time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message

from .. import actions
from ..layout.flame import Flame
from ..layout.time_axis import Axis
from ..state.open_trace import OpenTrace
from ..state.tree_view import SmallLimit, small_limit
from ..widgets.prompt import Prompt
from ..widgets.row_list import RowList
from .span_line import Surroundings

SPANS_AT_ONCE = 10_000
"""The flame graph of so many spans is laid out at once, in some 30 ms; that of more spans in a thread."""


class TreeActions(RowList):
    """The rows of an `OpenTrace`, without the drawing."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("tree")

    @dataclass
    class ViewChanged(Message):
        """The axis, or what is shown of the trace, has changed."""

        span_tree: TreeActions

    @dataclass
    class LaidOut(Message):
        """The flame graph of many spans is ready."""

        span_tree: TreeActions
        open_trace: OpenTrace

    def __init__(self) -> None:
        super().__init__(id="tree")
        self.open_trace: OpenTrace | None = None
        self.around = Surroundings()
        self._last_limit = "1%"

    @property
    def axis(self) -> Axis:
        """The axis of the bars."""
        return self.around.axis

    def axis_now(self) -> Axis:
        """Returns the axis at this time: of all of the trace, or of the part that is zoomed to."""
        if self.open_trace is None:
            return Axis(0, 1)
        around = self.around
        return self.open_trace.zoom.axis(self.open_trace.axis(around.now_ns, around.gone, around.processes))

    def follow_cursor(self) -> None:
        """Redraw after a fold, and scroll to the cursor."""
        open_trace = self.open_trace
        if open_trace is None or not open_trace.forest.total:
            self.show(0, 0)
        elif (flame := self.flame) is not None:
            self.show(len(flame.lanes) + 1, flame.lane_of.get(open_trace.index, 0) + 1)
        else:
            self.show(len(open_trace.folding), open_trace.row)
        self.scroll_to_row(self.cursor)

    @property
    def flame(self) -> Flame | None:
        """The lanes, if spans are drawn as a flame graph: lane `i` is row `i + 1`, below the time axis."""
        open_trace = self.open_trace
        return open_trace.flame() if open_trace is not None and open_trace.view.flame else None

    def action_fold(self) -> None:
        """Fold or unfold the span."""
        if self.open_trace is not None and self.open_trace.forest.total:
            self.open_trace.folding.toggle(self.open_trace.index)
            self.show_change()

    def action_expand_all(self) -> None:
        """Unfold every span."""
        if self.open_trace is not None:
            self.open_trace.folding.fold_deeper_than(1 << 30)
            self.show_change()

    def action_collapse_all(self) -> None:
        """Fold all but the roots."""
        if self.open_trace is not None and self.open_trace.forest.total:
            self.open_trace.folding.fold_deeper_than(1)
            self.open_trace.select_row(self.open_trace.row)
            self.show_change()

    def action_fold_level(self, step: int = -1) -> None:
        """Show one level less, or with 1 one level more."""
        if self.open_trace is not None and self.open_trace.forest.total:
            self.open_trace.fold_by_depth(step)
            self.show_change()

    def action_unfold_level(self) -> None:
        """Show one level more."""
        self.action_fold_level(1)

    def action_fold_kind(self) -> None:
        """Fold all spans of the kind under the cursor, or unfold them."""
        if self.open_trace is not None and self.open_trace.forest.total:
            if not self.open_trace.fold_kind():
                self.notify("No span here has spans below it", markup=False)
            self.show_change()

    def action_only_path(self) -> None:
        """Show only the critical path, or all spans."""
        if self.open_trace is not None:
            self.open_trace.show_only_path(not self.open_trace.view.only_path)
            self.show_change()

    def action_flame(self) -> None:
        """Draw the spans as a flame graph, or as a tree."""
        open_trace = self.open_trace
        if open_trace is None:
            return
        if open_trace.view.flame or open_trace.forest.total <= SPANS_AT_ONCE:
            open_trace.view.flame = not open_trace.view.flame
            self.show_change()
        else:
            self.run_worker(partial(self._lay_out, open_trace), thread=True, group="flame", exclusive=True)

    def _lay_out(self, open_trace: OpenTrace) -> None:
        open_trace.flame()
        self.post_message(self.LaidOut(self, open_trace))

    @on(LaidOut)
    def _laid_out(self, message: LaidOut) -> None:
        message.stop()
        if message.open_trace is self.open_trace:
            message.open_trace.view.flame = True
            self.show_change()

    def action_hide_small(self) -> None:
        """Show what is hidden, or ask below which time spans are hidden."""
        open_trace = self.open_trace
        if open_trace is None:
            return
        if open_trace.view.limit is not None or open_trace.view.hides_plumbing_of(open_trace.forest):
            self._hide_small(None)
        else:
            prompt = Prompt(
                "Hide spans shorter than  (10ms, 1.5s, 2% of the trace)",
                self._last_limit,
                small_limit,
                "Not a time or a share: try 10ms or 2%",
            )
            self.app.push_screen(prompt, self._hide_small_if_said)

    def _hide_small_if_said(self, limit: SmallLimit | None) -> None:
        if limit is not None:
            self._last_limit = limit.text
            self._hide_small(limit)

    def _hide_small(self, limit: SmallLimit | None) -> None:
        if self.open_trace is not None:
            self.open_trace.hide_small(limit)
            self.show_change()

    def action_zoom_in(self) -> None:
        """Zoom the time axis to the span under the cursor."""
        open_trace = self.open_trace
        if open_trace is None or open_trace.span is None:
            return
        around, span = self.around, open_trace.span
        whole = open_trace.axis(around.now_ns, around.gone, around.processes)
        if open_trace.zoom.zoom_in(whole, span.start_ns, around.end_ns(span)):
            self.show_axis()

    def action_zoom_out(self) -> None:
        """Return to the time axis before the last zoom."""
        if self.open_trace is not None and self.open_trace.zoom.zoom_out():
            self.show_axis()

    def show_axis(self) -> None:
        """Redraw after a zoom."""
        self.around.axis = self.axis_now()
        self.refresh()
        self.post_message(self.ViewChanged(self))

    def show_change(self) -> None:
        """Redraw after a change of what is shown."""
        self.follow_cursor()
        self.post_message(self.ViewChanged(self))
        self.post_message(self.CursorMoved(self, self.cursor))
