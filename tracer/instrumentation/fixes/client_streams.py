"""Streams of LLM clients, measured: when the first token came, how many chunks came, and the text so far.

Instrumentors write a span when its stream is over, and leave out when the first token came. So the clients' own stream
classes are watched: a stream that is made while the span of an instrumentor for a model call is current belongs to that
span.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any

from ...otel.model_call import is_model_call
from ...spans.current import current_span
from ...spans.span import Span
from ...streams.followed_response import is_followed
from .patch import Make, patch
from .stream_meter import ClientStreamMeter

_METER = "_tracetui_meter"
"""The attribute of a stream that holds its meter."""


def measure_streams(client: Any) -> None:
    """Measure the streams of a client that has `Stream` and `AsyncStream`, whose `__stream__` yields the chunks."""
    for name in ("Stream", "AsyncStream"):
        if (kind := getattr(client, name, None)) is not None and hasattr(kind, "__stream__"):
            patch(kind, "__init__", _finding_span(is_handed_on=False))
            patch(kind, "__stream__", _measuring_chunks)


def measure_iterators(kind: Any, *, is_handed_on: bool) -> None:
    """Measure the streams of a class of iterators; None, of another version of its client, is ignored.

    `is_handed_on`: whether the instrumentor ends the span when it hands the stream to the program.
    """
    if kind is not None:
        patch(kind, "__init__", _finding_span(is_handed_on=is_handed_on))
        for name, make in (("__next__", _measuring_step), ("__anext__", _measuring_async_step)):
            if name in vars(kind):
                patch(kind, name, make)


def _finding_span(*, is_handed_on: bool) -> Make:
    """Give a stream a meter when it is made, if the current span is that of a model call."""

    def make(init: Any) -> Any:
        def finding_span(stream: Any, /, *args: Any, **kwargs: Any) -> None:
            span = current_span()
            if (
                type(span) is Span
                and span.stream is None
                and span.end_ns is None
                and is_model_call(span)
                and not is_followed(kwargs.get("response"))
            ):
                meter = stream.__dict__[_METER] = ClientStreamMeter(span)
                meter.is_unread, meter.is_handed_on = True, is_handed_on
                weakref.finalize(stream, meter.finish)
            init(stream, *args, **kwargs)

        return finding_span

    return make


class _Reading:
    """A stream that is being read, to its end or by one step: an exception of the stream is its end."""

    __slots__ = ("_is_step", "_meter")

    def __init__(self, meter: ClientStreamMeter, *, is_step: bool) -> None:
        self._meter = meter
        self._is_step = is_step
        meter.is_unread = False

    def __enter__(self) -> None:
        """Nothing more begins here."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        has_ended = isinstance(error, Exception)
        if has_ended:
            self._meter.is_through = True
        if has_ended or not self._is_step:
            is_end = isinstance(error, StopIteration | StopAsyncIteration)
            self._meter.finish(None if is_end else error)


def _measuring_chunks(chunks_of: Any) -> Any:
    def measured(stream: Any) -> Any:
        meter = stream.__dict__.get(_METER)
        source = chunks_of(stream)
        if meter is None:
            return source
        return _measured_async(source, meter) if hasattr(source, "__anext__") else _measured(source, meter)

    return measured


def _measured(source: Any, meter: ClientStreamMeter) -> Iterator[Any]:
    with _Reading(meter, is_step=False), closing(source):
        for chunk in source:
            meter.add(chunk)
            yield chunk
        meter.is_through = True


async def _measured_async(source: Any, meter: ClientStreamMeter) -> AsyncIterator[Any]:
    with _Reading(meter, is_step=False):
        async with aclosing(source):
            async for chunk in source:
                meter.add(chunk)
                yield chunk
            meter.is_through = True


def _measuring_step(step: Any) -> Any:
    def measured(stream: Any) -> Any:
        meter = stream.__dict__.get(_METER)
        if meter is None:
            return step(stream)
        with _Reading(meter, is_step=True):
            chunk = step(stream)
        meter.add(chunk)
        return chunk

    return measured


def _measuring_async_step(step: Any) -> Any:
    async def measured(stream: Any) -> Any:
        meter = stream.__dict__.get(_METER)
        if meter is None:
            return await step(stream)
        with _Reading(meter, is_step=True):
            chunk = await step(stream)
        meter.add(chunk)
        return chunk

    return measured
