"""The Markdown of a trace, read from the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import forest
from ..read.details_ahead import DetailsAhead
from ..read.trace_lookup import TraceNotFoundError
from .markdown import span_markdown, subtree_markdown, trace_markdown

if TYPE_CHECKING:
    from ..model.forest import Forest
    from ..read.reader import Reader


class Outliner:
    """Reads one trace for its Markdown. Raises TraceNotFoundError if the file does not have the trace."""

    def __init__(self, reader: Reader, trace: int, *, now_ns: int) -> None:
        """`trace` is the trace.id; `now_ns` decides which processes are gone."""
        self._reader = reader
        rows = reader.traces([trace])
        if not rows:
            raise TraceNotFoundError(str(trace))
        self.trace = rows[0]
        self.gone = reader.gone_processes(now_ns)

    def whole(self, *, max_tokens: int | None = None, utc: bool = False) -> str:
        """Return the trace with all its spans, its tags and its metadata."""
        labels = self._reader.labels(self.trace.id)
        named = {**labels.tags, **labels.metadata} if labels else {}
        built = self._forest()
        details = DetailsAhead(self._reader, built)
        return trace_markdown(self.trace, built, details, gone=self.gone, labels=named, max_tokens=max_tokens, utc=utc)

    def subtree(self, span_id: int, *, max_tokens: int | None = None) -> str | None:
        """Return the span with this span_id and what is below it; None if the trace does not have the span."""
        built = self._forest()
        root = built.index_of_span.get(span_id)
        if root is None:
            return None
        return subtree_markdown(built, root, DetailsAhead(self._reader, built), gone=self.gone, max_tokens=max_tokens)

    def span(self, span_id: int, *, max_tokens: int | None = None) -> str | None:
        """Return the span with this span_id alone, with its attributes; None if the trace does not have the span."""
        built = self._forest()
        index = built.index_of_span.get(span_id)
        if index is None:
            return None
        span = built.spans[index]
        return span_markdown(span, self._reader.detail(span.id), gone=self.gone, max_tokens=max_tokens)

    def _forest(self) -> Forest:
        return forest.build(self._reader.spans(self.trace.id))
