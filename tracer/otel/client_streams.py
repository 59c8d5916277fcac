"""When the first token came, how many chunks, and the text so far, of the streams of LLM clients.

Instrumentors write a span when its stream is over, and none tells when the first token came. So the clients' own stream
classes are watched: a stream that is made while the span of an instrumentor for a model call is current belongs to that
span. A chunk counts as the first when it brings something of the answer: text, reasoning or a tool call, not a role.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from .. import clock, guard
from ..span import Span, current, leave
from ..streams import StreamMeter

_MARK = "_tracetui_meter"
_MODEL_CALL = ("openinference.span.kind", "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system")
"""One of these is on the span of a model call."""

Reader = Callable[[Any], str | None]
"""From a chunk to the text that it adds to the answer; "" for an addition that is no text, None for none."""


class ClientStreamMeter(StreamMeter):
    """A `StreamMeter` that knows the chunks of a client."""

    def __init__(self, span: Span, read: Reader) -> None:
        super().__init__(span)
        self._read = read
        self.is_through = False
        """Whether the answer was complete, or the stream failed, before its consumer left it."""

    def add(self, chunk: Any) -> None:
        """Count in a chunk that has just arrived."""
        try:
            text = self._read(chunk)
            if text is not None and self._first_ns is None:
                self._first_ns = clock.monotonic_ns()
            super().add(text or "")
            self.is_through = self.is_through or is_last(chunk)
        except Exception:
            guard.fault("measuring a client's stream")


def read_openai(chunk: Any) -> str | None:
    """Of a chat completion chunk, a completion, or an event of the responses API."""
    kind = getattr(chunk, "type", None)
    if isinstance(kind, str):
        delta = getattr(chunk, "delta", None)
        if not kind.endswith(".delta") or not isinstance(delta, str) or not delta:
            return None
        return delta if kind == "response.output_text.delta" else ""
    choices = getattr(chunk, "choices", None)
    if not choices:  # the last chunk may hold the usage alone
        return None
    choice = choices[0]
    delta = getattr(choice, "delta", choice)
    text = getattr(delta, "content", None) or getattr(delta, "text", None)
    if text:
        return str(text)
    for part in ("tool_calls", "function_call", "refusal", "reasoning_content", "reasoning", "audio"):
        if getattr(delta, part, None):
            return ""
    return None


def read_anthropic(event: Any) -> str | None:
    """Of an event of the messages API."""
    if getattr(event, "type", None) != "content_block_delta":
        return None
    delta = event.delta
    if text := getattr(delta, "text", None):
        return str(text)
    return "" if getattr(delta, "thinking", None) or getattr(delta, "partial_json", None) else None


_LAST = frozenset({"message_stop", "response.completed", "response.failed", "response.incomplete"})


def is_last(chunk: Any) -> bool:
    """Whether the answer is complete with this chunk: consumers may leave here and leave nothing out."""
    if getattr(chunk, "type", None) in _LAST:
        return True
    choices = getattr(chunk, "choices", None) or ()
    return any(getattr(choice, "finish_reason", None) is not None for choice in choices[:1])


def measure(library: str) -> None:
    """Watch the streams of a library that has been instrumented; nothing for one that has none of its own."""
    if library in _CLIENTS:
        read = _CLIENTS[library]
        client = importlib.import_module(library)
        for name in ("Stream", "AsyncStream"):
            _watch(getattr(client, name), read)
    if library == "anthropic":
        _enter_span_with_managers()
    elif library == "langchain":
        from . import langchain

        langchain.watch()


_CLIENTS: dict[str, Reader] = {"openai": read_openai, "anthropic": read_anthropic, "groq": read_openai}
"""Clients made by the same generator: `Stream` and `AsyncStream`, whose `__stream__` yields the chunks."""


def _watch(stream: Any, read: Reader) -> None:
    begin, chunks = stream.__init__, stream.__stream__
    if hasattr(chunks, _MARK):
        return

    @functools.wraps(begin)
    def noting_span(self: Any, *args: Any, **kwargs: Any) -> None:
        span = current.get()
        if type(span) is Span and span.stream is None and span.end_ns is None and _is_model_call(span):
            self.__dict__[_MARK] = ClientStreamMeter(span, read)
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
