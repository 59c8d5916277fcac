"""The open trace: folded spans, spans that match the filter, and the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...store.model.folding import Folding
from ...store.model.forest import NO_PARENT, Forest
from ...store.timing.times import shown_end_ns
from ...store.timing.trace_timing import TraceTiming, measure
from ..layout.flame import Flame
from ..layout.span_bars import Drawn
from ..layout.time_axis import Axis, axis_of
from ..layout.tree_layout import Needs, needs_of
from .span_path import SpanPath, find, path_to
from .time_zoom import TimeZoom
from .tree_view import TreeView

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...store.model.rows import ProcessRow, SpanRow, TraceRow
    from .tree_view import SmallLimit


MOST_MEASURED_AGAIN = 5_000
"""A running trace of so many spans is measured again while it is shown: this takes some 15 ms."""


class OpenTrace:
    """One trace with its spans. Folds and cursor refer to span ids, so they survive when the trace grows."""

    def __init__(
        self, trace: TraceRow, forest: Forest, before: OpenTrace | None = None, timing: TraceTiming | None = None
    ) -> None:
        """`before` was shown until now, perhaps an earlier state of this trace; `timing` may be measured already."""
        self.trace = trace
        self.forest = forest
        same = before is not None and before.trace.id == trace.id
        self.view: TreeView = before.view if before else TreeView()
        self.zoom: TimeZoom = before.zoom if same and before else TimeZoom()
        self.folding: Folding = Folding(forest, before.folding.folded_ids() if same and before else ())
        self._timing = timing
        self._bars_on: tuple[Axis, int] | None = None
        self._bars: dict[tuple[int, int], Drawn] = {}
        self._flame: Flame | None = None
        self._flame_of: tuple[int, int, int] | None = None
        self.index = 0
        """The index in the forest of the span under the cursor."""
        self.matches: frozenset[int] = before.matches if same and before else frozenset()
        """Row ids of the spans that match the filter."""
        if same and before and (span := before.span) is not None:
            self.index = forest.index_of_span.get(span.span_id, 0)
        self.open_spans = [index for index, span in enumerate(forest.spans) if span.end_ns is None]
        self.needs: Needs = needs_of(forest.spans)
        if timing is not None:
            self._apply_view()

    @property
    def span(self) -> SpanRow | None:
        """The span under the cursor."""
        return self.forest.spans[self.index] if self.forest.total else None

    @property
    def root(self) -> SpanRow | None:
        """The root span; the first span of the tree while the root has not arrived."""
        return self.forest.spans[self._root_index] if self.forest.total else None

    @property
    def row(self) -> int:
        """The row of the cursor."""
        return self.folding.row_of(self.index) if self.forest.total else 0

    def select_row(self, row: int) -> None:
        """Move the cursor to a row."""
        if 0 <= row < len(self.folding):
            self.index = self.folding.shown[row]

    def go_to(self, span_id: int) -> None:
        """Move the cursor to a span, if the trace has it."""
        index = self.forest.index_of_span.get(span_id)
        if index is not None:
            self._reveal(index)

    def expand(self) -> bool:
        """Expand the span under the cursor, or move to its first child. Returns False for a leaf."""
        if not self.forest.total or not self.folding.has_children(self.index):
            return False
        if self.folding.is_folded(self.index):
            self.folding.unfold(self.index)
        else:
            self.index += 1
        return True

    def collapse(self) -> bool:
        """Fold the span under the cursor, or move to its parent. Returns False for a folded root."""
        if not self.forest.total:
            return False
        if self.folding.has_children(self.index) and not self.folding.is_folded(self.index):
            self.folding.fold(self.index)
            return True
        parent = self.forest.parent_index[self.index]
        if parent == NO_PARENT:
            return False
        self.index = parent
        return True

    def next_match(self, step: int) -> bool:
        """Move the cursor to the next match, with -1 to the previous, wrapping around. Returns False if none."""
        places = [index for row in self.matches if (index := self.forest.index_of_row.get(row)) is not None]
        if not places:
            return False
        places.sort()
        if step > 0:
            self._reveal(next((index for index in places if index > self.index), places[0]))
        else:
            self._reveal(next((index for index in reversed(places) if index < self.index), places[-1]))
        return True

    def path(self) -> SpanPath:
        """Returns the way from the root to the cursor, by names."""
        return path_to(self.forest, self.index) if self.forest.total else ()

    def go_along(self, path: SpanPath) -> None:
        """Move the cursor along a path of another trace, as far as this trace has it."""
        index = find(self.forest, path)
        if index is not None:
            self._reveal(index)

    def _reveal(self, index: int) -> None:
        self.index = index
        if self.folding.is_left_out(index):
            self.view.show_everything()
            self._apply_view()
        self.folding.reveal(index)

    # Time

    @property
    def timing(self) -> TraceTiming:
        """Self times and the critical path. Before `measure_times`, open spans take no time."""
        if self._timing is None:
            self._timing = measure(self.forest, lambda span: span.start_ns, self._root_index)
        return self._timing

    def measure_times(self, now_ns: int, gone: Collection[int], processes: Mapping[int, ProcessRow]) -> None:
        """Measure where the time went, until now.

        A trace that has ended is measured once. A large one that runs keeps what the feed measured when it read it.
        """
        if self._timing is None or (self.open_spans and self.forest.total <= MOST_MEASURED_AGAIN):
            self._timing = measure(
                self.forest, lambda span: shown_end_ns(span, now_ns, gone, processes), self._root_index
            )
            self._apply_view()

    @property
    def _root_index(self) -> int:
        return self.forest.index_of_row.get(self.trace.root or 0, 0)

    def bars_on(self, axis: Axis, width_cells: int) -> dict[tuple[int, int], Drawn]:
        """Returns the bars that were drawn on this axis, by position and last half cell; the caller adds to them."""
        if self._bars_on != (axis, width_cells):
            self._bars_on, self._bars = (axis, width_cells), {}
        return self._bars

    def flame(self) -> Flame:
        """Returns the flame graph of the spans that are shown."""
        of = id(self.timing), id(self.folding), self.folding.changes
        if self._flame is None or self._flame_of != of:
            self._flame_of = of
            self._flame = Flame(self.forest, self.timing.times, self.folding.shown)
        return self._flame

    # What is shown

    def show_only_path(self, only: bool) -> None:
        """Show only the critical path, or all spans."""
        self.view.only_path = only
        self._apply_view()

    def hide_small(self, limit: SmallLimit | None) -> None:
        """Hide small spans, and plumbing; None shows all."""
        self.view.limit = limit
        self.view.shows_plumbing = limit is None
        self._apply_view()

    def _apply_view(self) -> None:
        if not self.forest.total:
            return
        kept = self.view.kept(self.forest, self.timing)
        if kept is not None or self.folding.left_out:
            self.folding = Folding(self.forest, self.folding.folded_ids(), kept)
            self.index = self.folding.shown[self.folding.row_of(self.index)]

    def fold_by_depth(self, step: int) -> int:
        """Show one level more, or with -1 one level less. Returns the number of levels that are shown."""
        level = max(0, min(self.folding.deepest_shown() + step, max(self.forest.depth, default=0)))
        self.folding.fold_deeper_than(level)
        self.index = self.folding.shown[self.row]
        return level + 1

    def fold_kind(self) -> str:
        """Fold all spans of the kind of the span under the cursor, or unfold them if all are folded.

        For a kind without spans below it: the kind of the nearest span above that has some. Returns the kind.
        """
        kinds = [self.forest.spans[index].kind for index in (self.index, *self.forest.ancestors(self.index))]
        for kind in kinds:
            places = [
                index
                for index, span in enumerate(self.forest.spans)
                if span.kind == kind and self.folding.has_children(index)
            ]
            if places:
                folded = not all(self.folding.is_folded(index) for index in places)
                self.folding.set_folded(places, folded=folded)
                self.index = self.folding.shown[self.row]
                return kind
        return ""

    def is_running(self, gone: Collection[int]) -> bool:
        """Whether any span runs in a live process."""
        return any(self.forest.spans[index].process not in gone for index in self.open_spans)

    def axis(self, now_ns: int, gone: Collection[int], processes: Mapping[int, ProcessRow]) -> Axis:
        """Returns the axis of the whole trace: up to the last end, the last heartbeat of a lost process, or now."""
        running = self.is_running(gone)
        start_ns = self.forest.start_ns
        open_spans = (self.forest.spans[index] for index in self.open_spans)
        open_ends = (shown_end_ns(span, now_ns, gone, processes) for span in open_spans)
        end_ns = max(self.forest.last_end_ns, max(open_ends, default=start_ns))
        return axis_of(start_ns, max(end_ns, start_ns + 1), running=running)
