"""The answer in the body of an HTTP response, measured as its program reads the body: by lines, as bytes, parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ...store.model.rows import UNSET
from .. import guard
from ..formats.whole_answer import failure_of
from ..spans.span import Span
from .meter import StreamMeter
from .server_sent_events import EventDecoder

_END_OF_STREAM = b"[DONE]"
"""OpenAI's last event, and of the many servers that imitate it."""


class BodyMeter(StreamMeter):
    """A `StreamMeter` of a body: of server-sent events, each a chunk, or of one JSON document, the whole answer."""

    def __init__(self, span: Span, content_type: str, *, ends_span: bool) -> None:
        """With `ends_span` the span ends with the body; else whoever holds it ends it, or hands that over."""
        super().__init__(span, has_all_chunks=True)
        self.is_unread = True
        """Whether the body has not come to its end yet."""
        self.is_through = False
        """Whether the answer was complete, or the body failed, before the program left it."""
        self._ends_span = ends_span
        self._end_span: Callable[[], None] | None = None
        self._events = EventDecoder() if "event-stream" in content_type else None
        self._is_json = "json" in content_type
        self._pieces: list[bytes] = []
        self._document: Any = UNSET

    def end_later(self, end_span: Callable[[], None]) -> None:
        """End the span by this when the body is over."""
        self._end_span = end_span

    def feed(self, received: bytes) -> None:
        """Count in bytes of the body that the program has just read."""
        try:
            if self._events is not None:
                for data in self._events.feed(received):
                    self._add(data)
            elif self._is_json and self.answer.room.take(len(received)):
                self._pieces.append(received)
        except Exception:
            guard.fault("measuring the body of a response")

    def finish(self, error: BaseException | None = None) -> None:
        """The body was read to its end, or `error` left it. A second call does nothing."""
        if not self.is_unread:
            return
        try:
            if self._events is None:
                self._document = _document(self._pieces, is_whole=not self.answer.room.refused)
            elif error is None:
                for data in self._events.close():
                    self._add(data)
            self.is_through = True
        except Exception:
            guard.fault("measuring the body of a response")
        self._end(error)

    def leave(self) -> None:
        """The program closed the response, or let go of it; nothing if the body is over."""
        if self.is_unread and self.answer.is_complete:
            self.finish()
        elif self.is_unread:
            self._end(None, was_left=True)

    def attributes_so_far(self) -> dict[str, Any]:
        """The measures known by now; none of a document."""
        return {} if self._events is None else super().attributes_so_far()

    def outputs_so_far(self) -> Any:
        """The answer; `UNSET` before the first chunk, or before a document is complete."""
        return self._document if self._events is None else super().outputs_so_far()

    def failure(self, *, was_left: bool = False) -> str | None:
        """What went wrong, as the events or the document report it."""
        if type(self._document) is dict:
            return failure_of(self._document, "LLM")
        return super().failure(was_left=was_left)

    def left_message(self) -> str:
        """What the status of a response says that was closed early."""
        return "the response was closed before its body was read" if self._events is None else super().left_message()

    def _add(self, data: bytes) -> None:
        if data.startswith(_END_OF_STREAM):
            self.answer.finish(None, has_content=True)
            return
        try:
            chunk = orjson.loads(data)
        except ValueError:
            return
        self.count(has_content=bool(self.answer.take(chunk)))

    def _end(self, error: BaseException | None, *, was_left: bool = False) -> None:
        self.is_unread = False
        end_span, self._end_span = self._end_span, None
        if self._ends_span:
            self.end(error, was_left=was_left)
        elif end_span is not None:
            if error is not None:
                self.span.fail(error)
            end_span()


def _document(pieces: list[bytes], *, is_whole: bool) -> Any:
    """The JSON of a body; `UNSET` for what is none, or too large."""
    if not is_whole or not pieces:
        return UNSET
    try:
        return orjson.loads(b"".join(pieces))
    except ValueError:
        return UNSET
