"""When the first token came, how many chunks, and the text so far, of the streams of LLM clients.

Instrumentors write a span when its stream is over, and none tells when the first token came. So the clients' own stream
classes are watched: a stream that is made while the span of an instrumentor for a model call is current belongs to that
span.
"""

from __future__ import annotations

import functools
import importlib
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

from ...otel.model_call import is_model_call
from ...spans.current import current, current_span, restore
from ...spans.span import Span
from ...streams.followed_response import is_followed
from .client_stream_meter import ClientStreamMeter

_MARK = "_tracetui_meter"


CLIENTS = frozenset({"openai", "anthropic", "groq"})
"""Clients made by the same generator: `Stream` and `AsyncStream`, whose `__stream__` yields the chunks."""


ABOVE_CLIENTS = frozenset({"crewai", "langchain", "openai_agents", "pydantic_ai", "smolagents"})
"""Frameworks whose spans of model calls are current while a client of these is at work."""


def watch_client(client: Any) -> None:
    """Measure the streams of one of `CLIENTS`, which has been imported."""
    for name in ("Stream", "AsyncStream"):
        if (stream := getattr(client, name, None)) is not None and hasattr(stream, "__stream__"):
            _watch(stream)


def _watch(stream: Any) -> None:
    begin, chunks = stream.__init__, stream.__stream__
    if hasattr(chunks, _MARK):
        return

    @functools.wraps(chunks)
    def metered(self: Any) -> Any:
        meter = self.__dict__.get(_MARK)
        source = chunks(self)
        if meter is None:
            return source
        return _metered_async(source, meter) if hasattr(source, "__anext__") else _metered(source, meter)

    setattr(metered, _MARK, True)
    stream.__init__, stream.__stream__ = _noting_span(begin), metered


def _noting_span(begin: Any, *, is_handed_on: bool = False) -> Any:
    """The `__init__` of a stream that remembers the model call it was made in."""

    @functools.wraps(begin)
    def noting_span(self: Any, *args: Any, **kwargs: Any) -> None:
        span = current_span()
        if (
            type(span) is Span
            and span.stream is None
            and span.end_ns is None
            and is_model_call(span)
            and not is_followed(kwargs.get("response"))
        ):
            meter = self.__dict__[_MARK] = ClientStreamMeter(span)
            meter.is_unread, meter.is_handed_on = True, is_handed_on
            weakref.finalize(self, meter.finish)
        begin(self, *args, **kwargs)

    return noting_span


def _metered(source: Any, meter: ClientStreamMeter) -> Iterator[Any]:
    meter.is_unread = False
    failed: BaseException | None = None
    try:
        for chunk in source:
            meter.add(chunk)
            yield chunk
        meter.is_through = True
    except Exception as error:
        meter.is_through = True
        failed = error
        raise
    finally:
        source.close()
        meter.finish(failed)


async def _metered_async(source: Any, meter: ClientStreamMeter) -> AsyncIterator[Any]:
    meter.is_unread = False
    failed: BaseException | None = None
    try:
        async for chunk in source:
            meter.add(chunk)
            yield chunk
        meter.is_through = True
    except Exception as error:
        meter.is_through = True
        failed = error
        raise
    finally:
        await source.aclose()
        meter.finish(failed)


class _Asking:
    """While a stream is asked for its next chunk; an exception of whatever kind is its end."""

    __slots__ = ("_meter",)

    def __init__(self, stream: Any) -> None:
        meter: ClientStreamMeter | None = stream.__dict__.get(_MARK)
        self._meter = meter
        if meter is not None:
            meter.is_unread = False

    def __enter__(self) -> _Asking:
        return self

    def counted(self, chunk: Any) -> Any:
        """The chunk, when the meter has it too."""
        if self._meter is not None:
            self._meter.add(chunk)
        return chunk

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if self._meter is not None and kind is not None and issubclass(kind, Exception):
            self._meter.is_through = True
            is_end = issubclass(kind, StopIteration | StopAsyncIteration)
            self._meter.finish(None if is_end else error)


_LITELLM = (
    ("litellm.litellm_core_utils.streaming_handler", ("CustomStreamWrapper",)),
    ("litellm.responses.streaming_iterator", ("ResponsesAPIStreamingIterator", "SyncResponsesAPIStreamingIterator")),
    ("litellm.responses.streaming_iterator", ("MockResponsesAPIStreamingIterator",)),
)
"""Its streams are iterators of a few classes, whichever provider is below."""

_OF_A_WHOLE_ANSWER = "MockResponsesAPIStreamingIterator"
"""For models that LiteLLM does not know to stream: the instrumentor takes it for no stream, and ends its span."""


def watch_litellm() -> None:
    """Measure the streams of LiteLLM."""
    for module, names in _LITELLM:
        for name in names:
            try:
                stream = getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError):  # another version
                continue
            if _MARK not in vars(stream):
                setattr(stream, _MARK, None)
                _watch_iterator(stream, is_handed_on=name == _OF_A_WHOLE_ANSWER)


def _watch_iterator(stream: Any, *, is_handed_on: bool) -> None:
    step, async_step = vars(stream).get("__next__"), vars(stream).get("__anext__")
    stream.__init__ = _noting_span(stream.__init__, is_handed_on=is_handed_on)
    if step is not None:

        @functools.wraps(step)
        def metered(self: Any) -> Any:
            with _Asking(self) as asking:
                return asking.counted(step(self))

        stream.__next__ = metered
    if async_step is not None:

        @functools.wraps(async_step)
        async def metered_async(self: Any) -> Any:
            with _Asking(self) as asking:
                return asking.counted(await async_step(self))

        stream.__anext__ = metered_async


def enter_span_with_managers() -> None:
    """`messages.stream()` sends its request when it is entered: make its span current for that."""
    try:
        wrappers = importlib.import_module("openinference.instrumentation.anthropic._wrappers")
    except ImportError:  # another instrumentor
        return
    for name, manager in vars(wrappers).items():
        if not name.endswith("MessageStreamManager") or hasattr(manager, _MARK) or not isinstance(manager, type):
            continue
        if not name.startswith("_"):  # the client's own
            continue
        if (enter := vars(manager).get("__enter__")) is not None:
            manager.__enter__ = _entering(enter)  # type: ignore[attr-defined]
        elif (aenter := vars(manager).get("__aenter__")) is not None:
            manager.__aenter__ = _entering_async(aenter)  # type: ignore[attr-defined]
        setattr(manager, _MARK, True)


def _span_of(manager: Any) -> Any:
    return getattr(getattr(getattr(manager, "_self_with_span", None), "_span", None), "record", None)


def _entering(enter: Any) -> Any:
    @functools.wraps(enter)
    def entered(self: Any) -> Any:
        span = _span_of(self)
        token = None if span is None else current.set(span)
        try:
            return enter(self)
        finally:
            restore(token)

    return entered


def _entering_async(enter: Any) -> Any:
    @functools.wraps(enter)
    async def entered(self: Any) -> Any:
        span = _span_of(self)
        token = None if span is None else current.set(span)
        try:
            return await enter(self)
        finally:
            restore(token)

    return entered
