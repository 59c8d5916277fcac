"""The open trace: folded spans, spans that match the filter, and the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...store.model.folding import Folding
from ...store.model.forest import NO_PARENT, Forest
from ...store.model.rows import RUNNING
from ...store.model.status import span_status
from ..layout.time_axis import Axis, axis_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...store.model.rows import ProcessRow, SpanRow, TraceRow


class OpenTrace:
    """One trace with its spans. Folds and cursor refer to span ids, so they survive when the trace grows."""

    def __init__(self, trace: TraceRow, forest: Forest, before: OpenTrace | None = None) -> None:
        self.trace = trace
        self.forest = forest
        same = before is not None and before.trace.id == trace.id
        self.folding: Folding = Folding(forest, before.folding.folded_ids() if same and before else ())
        self.index = 0
        """The index in the forest of the span under the cursor."""
        self.matches: frozenset[int] = before.matches if same and before else frozenset()
        """Row ids of the spans that match the filter."""
        if same and before and (span := before.span) is not None:
            self.index = forest.index_of_span.get(span.span_id, 0)
        self.open_spans = [index for index, span in enumerate(forest.spans) if span.end_ns is None]

    @property
    def span(self) -> SpanRow | None:
        """The span under the cursor."""
        return self.forest.spans[self.index] if self.forest.total else None

    @property
    def root(self) -> SpanRow | None:
        """The root span; the first span of the tree while the root has not arrived."""
        if not self.forest.total:
            return None
        return self.forest.spans[self.forest.index_of_row.get(self.trace.root or 0, 0)]

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
            self.index = index
            self.folding.reveal(index)

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
            self.index = next((index for index in places if index > self.index), places[0])
        else:
            self.index = next((index for index in reversed(places) if index < self.index), places[-1])
        self.folding.reveal(self.index)
        return True

    def is_running(self, gone: Collection[int]) -> bool:
        """Whether any span runs in a live process."""
        return any(self.forest.spans[index].process not in gone for index in self.open_spans)

    def axis(self, now_ns: int, gone: Collection[int], processes: Mapping[int, ProcessRow]) -> Axis:
        """Returns the axis of the bars: up to the last end, the last heartbeat of a lost process, or now."""
        running = self.is_running(gone)
        start_ns = self.forest.start_ns
        open_spans = (self.forest.spans[index] for index in self.open_spans)
        open_ends = (shown_end_ns(span, now_ns, gone, processes) for span in open_spans)
        end_ns = max(self.forest.last_end_ns, max(open_ends, default=start_ns))
        return axis_of(start_ns, max(end_ns, start_ns + 1), running=running)


def shown_end_ns(span: SpanRow, now_ns: int, gone: Collection[int], processes: Mapping[int, ProcessRow]) -> int:
    """Returns where the bar of a span ends: now if it runs, at the last heartbeat of its process if it is lost."""
    if span.end_ns is not None:
        return span.end_ns
    if span_status(span, gone) == RUNNING:
        return max(span.start_ns, now_ns)
    process = processes.get(span.process)
    if process is None:
        return span.start_ns
    return max(span.start_ns, process.ended_ns or process.heartbeat_ns)
