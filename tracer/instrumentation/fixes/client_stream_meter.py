"""The measures of a stream that belongs to a client, whose instrumentor ends the span."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import guard
from ...spans.span import Span
from ...streams.meter import StreamMeter


class ClientStreamMeter(StreamMeter):
    """A `StreamMeter` of a client's own stream: chunks that are none of an answer are counted and not kept."""

    def __init__(self, span: Span) -> None:
        super().__init__(span, has_all_chunks=True)
        self.is_through = False
        """Whether the answer was complete, or the stream failed, before its consumer left it."""
        self.is_unread = False
        """Whether the stream was opened and nobody has asked it for a chunk yet."""
        self.is_handed_on = False
        """Whether the instrumentor ends the span when it hands the stream to the program."""
        self._end_span: Callable[[], None] | None = None

    def end_later(self, end_span: Callable[[], None]) -> None:
        """End the span when the stream is over: its instrumentor, that of Groq, does so when the stream is opened."""
        self._end_span = end_span

    def finish(self, error: BaseException | None = None) -> None:
        """The stream is over, or nobody has it any more."""
        self.is_unread = False
        end_span, self._end_span = self._end_span, None
        if end_span is None:
            return
        if isinstance(error, Exception):
            self.span.fail(error)
        end_span()

    def add(self, chunk: Any) -> None:
        """Count in a chunk that has just arrived."""
        try:
            self.count(has_content=bool(self.answer.take(chunk)))
            self.is_through = self.is_through or self.answer.is_complete
        except Exception:
            guard.fault("measuring a client's stream")
