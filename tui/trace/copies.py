"""What can be taken of the open trace: the leaf, the value, the span, the trace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...store.model.span_ids import span_hex
from ...store.outline.from_file import Outliner
from ...store.outline.markdown import span_markdown
from ...store.read.reader import Reader
from ...store.read.trace_lookup import TraceNotFoundError
from ...store.text.safe_text import safe_line
from ..document.lines import WHOLE
from ..document.value_text import text_of
from ..handoff.copies import BUDGET_TOKENS, Choice, answer_text, prompt_text, show_command
from ..handoff.files import Taken

if TYPE_CHECKING:
    from ...store.model.rows import SpanDetail
    from ..state.open_trace import OpenTrace
    from ..state.session import Session
    from .trace_view import TraceView


class TraceCopies:
    """Makes texts of the open trace, of the span under the cursor, and of the line under the cursor of its details."""

    def __init__(self, path: Path, session: Session, view: TraceView) -> None:
        self._path = path
        self._session = session
        self._view = view

    def leaf(self, pane: str) -> Taken | None:
        """Returns what the copy key takes in a pane: the part of a value, the name of a span, the id of a trace."""
        open_trace = self._session.open_trace
        if open_trace is None:
            return None
        details = self._view.detail_pane
        if pane == "details" and (value := details.value_at_cursor()) is not None:
            part = details.rows[details.cursor].part
            return Taken(safe_line(value.title), value.text() if part is WHOLE else text_of(part))
        if pane == "tree" and open_trace.span is not None:
            return Taken("Span name", open_trace.span.name)
        return Taken("Trace id", open_trace.trace.trace_id.hex())

    def whole(self, pane: str) -> Taken | None:
        """Returns what is saved or opened in a pane: a value of the details, or else the span as Markdown."""
        open_trace = self._session.open_trace
        span = open_trace.span if open_trace else None
        if span is None:
            return None
        if pane == "details" and (value := self._view.detail_pane.value_at_cursor()) is not None:
            return Taken(f"{safe_line(value.title)} of {safe_line(span.name)}", value.text())
        return Taken(safe_line(span.name), span_markdown(span, self._view.detail(span.id), gone=self._session.gone))

    def choices(self) -> Sequence[Choice]:
        """Returns the menu of copies."""
        open_trace = self._session.open_trace
        span = open_trace.span if open_trace else None
        if open_trace is None or span is None:
            return []
        trace_id = open_trace.trace.trace_id.hex()
        gone = self._session.gone
        detail = self._view.detail
        return [
            Choice("a", "the answer", lambda: answer_text(self._answered(open_trace))),
            Choice("p", "the prompt: every message that was sent", lambda: prompt_text(detail(span.id))),
            Choice("m", "the message under the cursor of the details", self._view.detail_pane.message_text),
            Choice("v", "the value under the cursor of the details", self._view.detail_pane.value_text),
            Choice("s", "the span as Markdown", lambda: span_markdown(span, detail(span.id), gone=gone)),
            Choice("b", f"the span and what is below it, {_BUDGET}", lambda: self._outline(open_trace, span.span_id)),
            Choice("t", f"the trace, {_BUDGET}", lambda: self._outline(open_trace, None)),
            Choice("c", "the tracetui command that shows the trace", lambda: show_command(str(self._path), trace_id)),
            Choice("i", "the trace id", lambda: trace_id),
            Choice("I", "the span id", lambda: span_hex(span.span_id)),
        ]

    def _answered(self, open_trace: OpenTrace) -> SpanDetail | None:
        """Returns the details of the span under the cursor, or of the root if that span has no outputs."""
        for span in (open_trace.span, open_trace.root):
            if span is not None:
                detail = self._view.detail(span.id)
                if detail is not None and detail.outputs is not None:
                    return detail
        return None

    def _outline(self, open_trace: OpenTrace, span_id: int | None) -> str | None:
        with Reader(self._path) as reader:
            try:
                outliner = Outliner(reader, open_trace.trace.id, now_ns=self._session.now_ns)
            except TraceNotFoundError:
                return None
            if span_id is None:
                return outliner.whole(max_tokens=BUDGET_TOKENS, utc=self._session.utc)
            return outliner.subtree(span_id, max_tokens=BUDGET_TOKENS)


_BUDGET = f"as Markdown of at most {BUDGET_TOKENS // 1000}k tokens"
