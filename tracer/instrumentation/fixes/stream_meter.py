"""The measures of a stream whose span an instrumentor ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import guard
from ...otel.api_span import open_record
from ...spans.span import Span
from ...streams.meter import StreamMeter
from .patch import after, patch


class ClientStreamMeter(StreamMeter):
    """A `StreamMeter` of a client's own stream: chunks without a part of the answer are counted and not kept."""

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
        """End the span when the stream is over; Groq's instrumentor ends it when the stream is opened."""
        self._end_span = end_span

    def finish(self, error: BaseException | None = None) -> None:
        """Note that the stream is over, or that nobody has it any more."""
        self.is_unread = False
        end_span, self._end_span = self._end_span, None
        if end_span is None:
            return
        if isinstance(error, Exception):
            self.span.fail(error)
        end_span()

    def add(self, chunk: Any) -> None:
        """Count a chunk that has just arrived."""
        try:
            self.count(has_content=bool(self.answer.take(chunk)))
            self.is_through = self.is_through or self.answer.is_complete
        except Exception:
            guard.fault("measuring a client's stream")


def count_chunk(api_span: Any, chunk: Any) -> None:
    """Count a chunk of the stream that belongs to a span of the API, unless the client's own stream is measured."""
    if (span := open_record(api_span)) is not None:
        meter = span.stream or ClientStreamMeter(span)
        if isinstance(meter, ClientStreamMeter):
            meter.add(chunk)


def measure_proxies(target: Any, path: str) -> None:
    """Measure the streams of an instrumentor's proxy class by the chunks that its accumulator receives."""
    patch(target, f"{path}.__init__", after(_measure_accumulator, "measuring an instrumentor's stream"))


_ACCUMULATORS = ("_response_accumulator", "_self_response_accumulator")
_WITH_SPANS = ("_with_span", "_self_with_span")
"""Attributes of the proxies, by version of the instrumentors."""


def _measure_accumulator(proxy: Any, /, *_: Any, **__: Any) -> None:
    with_span = next(value for name in _WITH_SPANS if (value := getattr(proxy, name, None)) is not None)
    span = open_record(with_span._span)
    if span is None or span.stream is not None:
        return
    for name in _ACCUMULATORS:
        if (accumulator := getattr(proxy, name, None)) is not None:
            setattr(proxy, name, _MeasuredAccumulator(accumulator, ClientStreamMeter(span)))


class _MeasuredAccumulator:
    """An accumulator, and a meter that receives every chunk before the accumulator does."""

    __slots__ = ("_accumulator", "_meter")

    def __init__(self, accumulator: Any, meter: ClientStreamMeter) -> None:
        self._accumulator = accumulator
        self._meter = meter

    def process_chunk(self, chunk: Any) -> Any:
        self._meter.add(chunk)
        return self._accumulator.process_chunk(chunk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accumulator, name)
