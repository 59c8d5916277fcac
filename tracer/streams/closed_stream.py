"""A client's stream that its program closes, as `with` does: its span ends there, not when the stream is collected."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import ref

from ..spans.span import Span
from .meter import was_left


def end_when_closed(span: Span, stream: Any, *, is_async: bool) -> None:
    """Let `stream.close` end the span as well; a stream that takes no `close` of ours ends it when it is collected.

    What stands in for `close` does not hold the stream, for that would have to be collected then. Who holds only the
    method closes the response.
    """
    with suppress(AttributeError, TypeError):
        stream.close = _async_close(span, stream) if is_async else _close(span, stream)


def _close(span: Span, stream: Any) -> Any:
    held, response, close_of_its_class = ref(stream), stream.response, type(stream).close

    def close() -> Any:
        try:
            stream = held()
            return response.close() if stream is None else close_of_its_class(stream)
        finally:
            was_left(span)

    return close


def _async_close(span: Span, stream: Any) -> Any:
    held, response, close_of_its_class = ref(stream), stream.response, type(stream).close

    async def close() -> Any:
        try:
            stream = held()
            return await (response.aclose() if stream is None else close_of_its_class(stream))
        finally:
            was_left(span)

    return close
