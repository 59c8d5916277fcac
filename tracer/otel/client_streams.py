"""When the first token came, how many chunks, and the text so far, of the streams of LLM clients.

Instrumentors write a span when its stream is over, and none tells when the first token came. So the clients' own stream
classes are watched: a stream that is made while the span of an instrumentor for a model call is current belongs to that
span.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from .. import guard
from ..answer import is_last
from ..current_span import current, leave
from ..span import Span
from ..streams import StreamMeter

_MARK = "_tracetui_meter"
_MODEL_CALL = ("openinference.span.kind", "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system")
"""One of these is on the span of a model call."""


class ClientStreamMeter(StreamMeter):
    """A `StreamMeter` of a client's own stream: chunks that are none of an answer are counted and not kept."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.is_through = False
        """Whether the answer was complete, or the stream failed, before its consumer left it."""

    def add(self, chunk: Any) -> None:
        """Count in a chunk that has just arrived."""
        try:
            self.count(has_content=bool(self.answer.take(chunk)))
            self.is_through = self.is_through or is_last(chunk)
        except Exception:
            guard.fault("measuring a client's stream")


def measure(library: str) -> None:
    """Watch the streams of a library that has been instrumented; nothing for one that has none of its own."""
    if library in _CLIENTS:
        client = importlib.import_module(library)
        for name in ("Stream", "AsyncStream"):
            _watch(getattr(client, name))
    if library == "anthropic":
        _enter_span_with_managers()
    elif library == "langchain":
        from . import langchain

        langchain.watch()


_CLIENTS = frozenset({"openai", "anthropic", "groq"})
"""Clients made by the same generator: `Stream` and `AsyncStream`, whose `__stream__` yields the chunks."""


def _watch(stream: Any) -> None:
    begin, chunks = stream.__init__, stream.__stream__
    if hasattr(chunks, _MARK):
        return

    @functools.wraps(begin)
    def noting_span(self: Any, *args: Any, **kwargs: Any) -> None:
        span = current.get()
        if type(span) is Span and span.stream is None and span.end_ns is None and _is_model_call(span):
            self.__dict__[_MARK] = ClientStreamMeter(span)
        begin(self, *args, **kwargs)

    @functools.wraps(chunks)
    def metered(self: Any) -> Any:
        meter = self.__dict__.get(_MARK)
        source = chunks(self)
        if meter is None:
            return source
        return _metered_async(source, meter) if hasattr(source, "__anext__") else _metered(source, meter)

    setattr(metered, _MARK, True)
    stream.__init__, stream.__stream__ = noting_span, metered


def _is_model_call(span: Span) -> bool:
    return any(key in span.attribute_values for key in _MODEL_CALL)


def _metered(source: Any, meter: ClientStreamMeter) -> Iterator[Any]:
    try:
        for chunk in source:
            meter.add(chunk)
            yield chunk
        meter.is_through = True
    except Exception:
        meter.is_through = True
        raise
    finally:
        source.close()


async def _metered_async(source: Any, meter: ClientStreamMeter) -> AsyncIterator[Any]:
    try:
        async for chunk in source:
            meter.add(chunk)
            yield chunk
        meter.is_through = True
    except Exception:
        meter.is_through = True
        raise
    finally:
        await source.aclose()


def _enter_span_with_managers() -> None:
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
            leave(token)

    return entered


def _entering_async(enter: Any) -> Any:
    @functools.wraps(enter)
    async def entered(self: Any) -> Any:
        span = _span_of(self)
        token = None if span is None else current.set(span)
        try:
            return await enter(self)
        finally:
            leave(token)

    return entered
