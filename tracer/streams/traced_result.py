"""Calls that are not through when their function returns: what it gives back is a coroutine, a generator, a client's
stream or a web framework's response, and the span goes on with that."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from ...store.model.rows import CANCELLED
from .. import guard
from ..host.exceptions import is_from_host
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..values.private_names import (
    AWAITED_REQUEST,
    CLIENT_CHUNKS,
    REQUEST_FUNCTION,
)
from .closed_stream import end_when_closed
from .generators import named_as
from .lent_generators import lent_async_generator, lent_generator
from .web_bodies import body_with_status, web_response
from .whole_result import end_with, is_whole

CO_ITERABLE_COROUTINE = 0x100
"""The flag of code, as in `inspect`, that `types.coroutine` sets on a generator function."""


def result_of(span: Span | NoOpSpan, result: Any, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Any:
    """What the caller of a traced function gets: `result`, or what stands in for it where the call goes on.

    Leaves the span, which the function had entered; where the call is through, it has its result and ends. So it is
    with one of the call's own arguments: that is the caller's, who knows it by its identity.
    """
    try:
        go_on = None if is_whole(result) else _way_on(type(result))
    except BaseException as error:  # of a metaclass of the host's, which may have no hash, and raise what it likes
        if is_from_host(error):
            raise
        go_on = None
    if go_on is not None and not any(result is given for given in (*args, *kwargs.values())):
        continued = go_on(span, result)
        if continued is not None:
            span.suspend()
            return continued
    end_with(span, result)
    return result


def _way_on(kind: type) -> Callable[[Span | NoOpSpan, Any], Any] | None:
    if (go_on := _GOING_ON.get(kind)) is not None:
        return go_on
    for base in kind.__mro__:
        if (go_on := _BY_NAME.get(base.__name__)) is not None:
            return go_on
    return _client_stream if _may_be_client_stream(kind) else None


def _coroutine(span: Span | NoOpSpan, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    """Of a plain function around a coroutine function, as methods of OpenAI's and Anthropic's async clients are."""

    async def continued(begun: _UntilAwaited) -> Any:
        span.resume()
        try:
            result = await begun.take()
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        return result_of(span, result, (), {})

    return named_as(coroutine, continued(_UntilAwaited(span, coroutine)))


def _generator(span: Span | NoOpSpan, generator: Any, *, has_all_chunks: bool = False) -> Any:
    """Of a plain function around a generator function, as the `stream` of LangChain's chains is."""
    if generator.gi_code.co_flags & CO_ITERABLE_COROUTINE:  # of `types.coroutine`: it is awaited
        return _coroutine(span, generator)
    return lent_generator(span, generator, has_all_chunks=has_all_chunks)


def _may_be_client_stream(kind: type) -> bool:
    return hasattr(kind, "__stream__") or hasattr(kind, "__wrapped__")  # an instrumentor's proxy has one inside


def _client_stream(span: Span | NoOpSpan, result: Any) -> Any | None:
    """Of a client made by the generator that OpenAI's, Anthropic's and Groq's are made by: the stream itself, which
    gives its chunks from a generator of its own. None for one that does it otherwise."""
    try:
        stream = result if hasattr(type(result), "__stream__") else result.__wrapped__
    except AttributeError:
        return None
    is_known = hasattr(type(stream), "__stream__")
    return result if is_known and _measure_chunks(span, stream, CLIENT_CHUNKS) else None


def _event_stream(span: Span | NoOpSpan, stream: Any) -> Any | None:
    """Of Mistral's client, of Google's for interactions, and of Litestar: the stream itself; None for another one."""
    if hasattr(type(stream), "__stream__"):
        return _client_stream(span, stream)
    return stream if _measure_chunks(span, stream, "generator") else web_response(span, stream)


def _measure_chunks(span: Span | NoOpSpan, stream: Any, name: str) -> bool:
    """Measure the generator that a stream holds under this name; False for a stream that holds none."""
    if type(span) is not Span:
        return False
    try:
        chunks = getattr(stream, name)
        if type(chunks) not in (GeneratorType, AsyncGeneratorType):
            return False
        setattr(stream, name, chunks)  # one that takes none says so before anything is begun
        go_on: Any = _GOING_ON[type(chunks)]
        setattr(stream, name, go_on(span, chunks, has_all_chunks=True))
        end_when_closed(span, stream, is_async=type(chunks) is AsyncGeneratorType)
        return True
    except AttributeError:
        return False
    except Exception:
        guard.fault("measuring a client's stream")
        return False


def _iterator(span: Span | NoOpSpan, stream: Any) -> Any | None:
    """Of LiteLLM: the stream itself."""
    if type(span) is not Span:
        return None
    from .followed_iterator import follow

    return stream if follow(span, stream) else None


def _raw_response(span: Span | NoOpSpan, raw: Any) -> Any | None:
    """Of a client's `with_raw_response`, and of `with_streaming_response` when its manager is entered."""
    if type(span) is not Span or not hasattr(type(raw), "http_request"):
        return None
    from .raw_response import goes_on

    return raw if goes_on(span, raw) else None


def _response_manager(span: Span | NoOpSpan, manager: Any) -> Any | None:
    """Of a client's `with_streaming_response`: the request is sent when the manager is entered."""
    try:
        own = vars(manager)
        if type(span) is not Span:
            return None
        if (request := own.get(AWAITED_REQUEST)) is not None:
            own[AWAITED_REQUEST] = _coroutine(span, request)
        elif (send := own.get(REQUEST_FUNCTION)) is not None:
            own[REQUEST_FUNCTION] = _sending(span, send)
        else:
            return None
        return manager
    except Exception:
        guard.fault("following a response")
        return None


def _sending(span: Span, send: Callable[[], Any]) -> Callable[[], Any]:
    def sent() -> Any:
        span.resume()
        try:
            response = send()
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        return result_of(span, response, (), {})

    return sent


_BY_NAME: Mapping[str, Callable[[Span | NoOpSpan, Any], Any]] = {
    **dict.fromkeys(("APIResponse", "AsyncAPIResponse", "LegacyAPIResponse"), _raw_response),
    **dict.fromkeys(("EventStream", "EventStreamAsync", "Stream", "AsyncStream"), _event_stream),
    **dict.fromkeys(("ResponseContextManager", "AsyncResponseContextManager"), _response_manager),
    **dict.fromkeys(("CustomStreamWrapper", "BaseResponsesAPIStreamingIterator"), _iterator),
    **dict.fromkeys(("Response", "StreamingHttpResponse"), web_response),
}
"""By the name of a class or of one that it derives from: clients and web frameworks, which are imported for nobody's
sake here."""

_GOING_ON: Mapping[type, Callable[[Span | NoOpSpan, Any], Any]] = {
    CoroutineType: _coroutine,
    GeneratorType: _generator,
    AsyncGeneratorType: lent_async_generator,
    tuple: body_with_status,
}


class _UntilAwaited:
    """Lives in the frame of a coroutine, with the host's: of one that is closed, cancelled or dropped before its first
    step no code ever runs."""

    __slots__ = ("_coroutine", "_span")

    def __init__(self, span: Span | NoOpSpan, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._span = span
        self._coroutine: Coroutine[Any, Any, Any] | None = coroutine

    def take(self) -> Coroutine[Any, Any, Any]:
        """The host's coroutine, which is awaited now."""
        coroutine, self._coroutine = self._coroutine, None
        assert coroutine is not None
        return coroutine

    def __del__(self) -> None:
        if self._coroutine is None:
            return
        if sys.getrefcount(self._coroutine) <= 2:  # here, and the argument of the call that counts
            self._coroutine.close()  # else Python would say of the host's too that it was never awaited
        span = self._span
        if type(span) is Span and span.end_ns is None:
            span.status_code, span.status_message = CANCELLED, "the coroutine was not awaited"
            span.end()
