"""The open trace: its span tree, and the details of the span under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from ...store.model.rows import RUNNING
from ...store.model.status import span_status
from ...store.text import format
from ...store.text.safe_text import safe_line
from ...store.timing.times import shown_end_ns
from ..reading.details import Details
from ..reading.search_line import SearchablePane
from ..state.open_trace import OpenTrace
from ..state.session import Session
from ..widgets.pane_header import TitleHeader
from .span_time import time_in_words
from .span_tree import SpanTree
from .tree_header import TreeHeader

if TYPE_CHECKING:
    from ...store.chat.message import Chat
    from ...store.model.rows import AssessmentRow, SpanDetail, SpanRow
    from ...store.read.reader import TraceLabels
    from ...store.read.usual_durations import UsualDurations

DETAIL_TICKS = 8
"""Ticks between two updates of long details of a running span: about a second."""

SHORT_DETAILS = 80
"""The lines up to which details are updated with every tick, so that they never say another time than the list."""


class DetailSource(Protocol):
    """A source of the details of spans."""

    def detail(self, span: int) -> SpanDetail | None:
        """Returns the inputs, outputs, events and attributes of a span."""

    def labels(self, trace: int) -> TraceLabels | None:
        """Returns the tags and metadata of a trace."""

    def assessments(self, trace: int) -> Sequence[AssessmentRow]:
        """Returns the assessments of a trace and its spans."""


class TraceView(Horizontal):
    """Shows the open trace of the session."""

    def __init__(self, session: Session, details: DetailSource) -> None:
        super().__init__(id="below")
        self._session = session
        self._details = details
        self._ticks = 0
        self.tree_header = TreeHeader(id="tree-header")
        self.span_tree = SpanTree()
        self.detail_pane = Details()
        header = TitleHeader("Details", id="details-header")
        self.details_with_search = SearchablePane(header, self.detail_pane, id="details-pane")

    def compose(self) -> ComposeResult:
        """Yields the tree and the details."""
        with Vertical(id="tree-pane"):
            yield self.tree_header
            yield self.span_tree
        yield self.details_with_search

    def show_tree(self, *, same: bool) -> None:
        """Show the open trace; `same` if it is the trace shown before."""
        tree = self.span_tree
        tree.around.now_ns = self._session.now_ns
        if not same:
            tree.around.filtered = False
        tree.show_trace(self._session.open_trace)
        self.show_header()

    def show_header(self) -> None:
        """Update the title and the time axis."""
        open_trace = self._session.open_trace
        if open_trace is None:
            self.tree_header.show("", None)
            return
        spans = open_trace.forest.total
        name = safe_line(open_trace.trace.name, max_chars=200)
        title = f"{name} · {spans:,} span{'' if spans == 1 else 's'}"
        known = open_trace.trace.cost_usd, open_trace.trace.calls_without_price
        costs: tuple[str, ...] = format.cost_in_words(*known), format.least_cost(*known)
        hidden = open_trace.view.in_words(open_trace.folding.left_out)
        axis, start_ns = self.span_tree.axis, open_trace.forest.start_ns
        is_flame = open_trace.view.flame
        if is_flame and (span := open_trace.span) is not None:
            title, costs = self._span_in_words(span), ()
        self.tree_header.show(title, axis, costs, open_trace.needs, start_ns, hidden, is_flame)

    def _span_in_words(self, span: SpanRow) -> str:
        """Returns what a small box of the flame graph has no room for."""
        tokens = format.token_flow(span.input_tokens, span.output_tokens)
        took = format.duration(self.span_tree.around.end_ns(span) - span.start_ns)
        parts = (safe_line(span.name, max_chars=200), took, tokens and f"{tokens} tokens", format.cost(span.cost_usd))
        return " · ".join(part for part in parts if part)

    def show_usual(self, usual: UsualDurations) -> None:
        """Mark the spans that are slower than usual."""
        self.span_tree.around.usual = usual
        self.span_tree.refresh()

    def show_reading(self, spans: int) -> None:
        """Show that the feed reads a large trace."""
        self.tree_header.show(f"reading {spans:,} spans …", None)

    def show_matches(self) -> None:
        """Draw spans that do not match the filter in a faint style."""
        self.span_tree.around.filtered = self._session.filter.selects
        self.span_tree.refresh()

    def to_match(self, step: int) -> str:
        """Move the cursor to the next match, with -1 to the previous; returns a message if there is none."""
        open_trace = self._session.open_trace
        if open_trace is None or not self._session.filter.selects:
            return "No filter: press / and say what to look for"
        if not open_trace.next_match(step):
            return "No span of this trace matches by itself"
        self.span_tree.follow_cursor()
        self.show_details()
        return ""

    def show_processes(self) -> None:
        """Update the tree, its header and the details after a change of processes."""
        session, tree = self._session, self.span_tree
        went = tree.around.gone != session.gone
        tree.around.processes, tree.around.gone = session.processes, session.gone
        if tree.tick(session.now_ns):
            self.show_header()
        tree.refresh()
        span = session.open_trace.span if session.open_trace else None
        if went and span is not None and span.end_ns is None:
            self.show_details(keep_place=True)

    def show_details(self, *, keep_place: bool = False) -> None:
        """Show the details of the span under the cursor; `keep_place` keeps the position, for the same span."""
        session = self._session
        open_trace = session.open_trace
        span = open_trace.span if open_trace else None
        if open_trace is None or span is None:
            self.detail_pane.show_lines(())
            return
        from ..document.span import span_document  # not for the first frame, which has no details yet

        trace = open_trace.trace
        is_root = open_trace.root is span
        status = span_status(span, session.gone)
        document = span_document(
            span,
            self._details.detail(span.id),
            status,
            end_ns=shown_end_ns(span, session.now_ns, session.gone, session.processes),
            trace_start_ns=open_trace.forest.start_ns,
            trace_id=trace.trace_id,
            process=session.processes.get(span.process),
            utc=session.utc,
            root_of=trace if is_root else None,
            labels=self._details.labels(trace.id) if is_root else None,
            assessments=[
                one
                for one in self._details.assessments(trace.id)
                if one.span_id == span.span_id or (is_root and one.span_id is None)
            ],
            time_in_words=time_in_words(open_trace, self.span_tree.around),
            previous=self._previous_chat(open_trace),
            raw=self.detail_pane.raw,
        )
        self.detail_pane.show_document(document, keep_place=keep_place, growing=status == RUNNING)

    def tick(self) -> None:
        """Update the durations of running traces."""
        session = self._session
        if self.span_tree.tick(session.now_ns):
            self.show_header()
        self._ticks += 1
        span = session.open_trace.span if session.open_trace else None
        is_due = self._ticks % DETAIL_TICKS == 0 or len(self.detail_pane.rows) <= SHORT_DETAILS
        if is_due and span is not None and span_status(span, session.gone) == RUNNING:
            self.show_details(keep_place=True)

    def detail(self, span: int) -> SpanDetail | None:
        """Returns the payloads and attributes of the span with this span.id."""
        return self._details.detail(span)

    @on(Details.FormChanged)
    def _form_changed(self) -> None:
        self.show_details()

    def _previous_chat(self, open_trace: OpenTrace) -> Chat | None:
        """Returns what the same agent said with its call before, and what was answered."""
        from ...store.outline.previous_call import previous_call, said_with

        span = previous_call(open_trace.forest, open_trace.index)
        detail = None if span is None else self._details.detail(span.id)
        return None if detail is None else said_with(detail)
