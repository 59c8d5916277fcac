"""Streams that measure themselves: when the first chunk came, how many, how far apart, and what they said."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator
from types import AsyncGeneratorType
from typing import Any

from ..store.rows import CANCELLED, UNSET
from . import clock, guard
from .answer import Answer
from .config import config
from .current_span import current, leave
from .kept_text import Room, Text
from .no_op_span import NoOpSpan
from .payload_bytes import value_bytes
from .span import Span
from .values import snapshot

Reducer = Callable[[list[Any]], Any]

CUT_CHUNKS = "tracetui.cut.chunks"
"""How many chunks were counted and not kept."""


class StreamMeter:
    """What is known of one stream. Chunks of an answer are put together (see `Answer`), others are kept as a list, all
    within `max_value_bytes`: `tracetui.cut.chunks` says how many came after that and were only counted.

    Measures, as attributes of the span: `llm.ttft_ms` and the OpenTelemetry `gen_ai.response.time_to_first_chunk`
    (seconds), both from the span's start to the first chunk with content; `llm.chunk_count`;
    `llm.chunk_interval_ms`, the mean time between chunks. The model and the counts of tokens that chunks tell become
    `gen_ai.response.model` and `llm.usage`.
    """

    def __init__(self, span: Span, reducer: Reducer | None = None) -> None:
        self.span = span
        self.chunk_count = 0
        self.answer = Answer(Room(config.max_value_bytes))
        self._reducer = reducer
        self._first_ns: int | None = None
        self._last_ns = 0
        self._values: list[Any] | None = [] if reducer else None
        span.stream = self

    def add(self, chunk: Any) -> None:
        """Count in a chunk that has just arrived."""
        try:
            has_content = self.answer.take(chunk)
            if has_content is None:
                has_content = chunk is not None and not (isinstance(chunk, bytes | bytearray) and not chunk)
                if self._values is None:
                    self._values = [self.answer.value()] if self.answer.has_text else []
            if self._values is not None:
                self._keep(self._values, chunk)
            self.count(has_content)
        except Exception:
            guard.fault("measuring a stream")

    def _keep(self, values: list[Any], chunk: Any) -> None:
        room = self.answer.room
        if self._reducer is not None or not isinstance(chunk, str):
            value = snapshot(chunk)
            if room.take(value_bytes(value)):
                values.append(value)
            return
        if not values or type(values[-1]) is not Text:  # text in pieces is one text, between chunks of other kinds too
            values.append(Text(room))
        values[-1].add(str.__str__(chunk))

    def count(self, has_content: bool) -> None:
        """Count a chunk that arrived now."""
        self._last_ns = clock.monotonic_ns()
        if has_content and self._first_ns is None:
            self._first_ns = self._last_ns
        self.chunk_count += 1

    def outputs_so_far(self) -> Any:
        """The answer, or the list of chunks; `UNSET` before the first."""
        if self._values is not None:
            values = [str(value) if type(value) is Text else value for value in self._values.copy()]
            return values or UNSET
        return self.answer.value() if self.chunk_count else UNSET

    def attributes_so_far(self) -> dict[str, Any]:
        """The measures known by now."""
        measures: dict[str, Any] = {"llm.chunk_count": self.chunk_count}
        if self._first_ns is not None:
            ttft_ns = max(0, self._first_ns + self.span.trace.wall_offset_ns - self.span.start_ns)
            measures["llm.ttft_ms"] = ttft_ns / 1e6
            measures["gen_ai.response.time_to_first_chunk"] = ttft_ns / 1e9
            if self.chunk_count > 1:
                measures["llm.chunk_interval_ms"] = (self._last_ns - self._first_ns) / (self.chunk_count - 1) / 1e6
        if self.answer.room.refused:
            measures[CUT_CHUNKS] = self.answer.room.refused
        if self.answer.model is not None:
            measures["gen_ai.response.model"] = self.answer.model
        if self.answer.usage is not None:
            measures["llm.usage"] = self.answer.usage
        return measures

    def end(self, error: BaseException | None = None, *, was_left: bool = False) -> None:
        """End the span: the stream is through, or `error` left it, or its consumer left it (`was_left`)."""
        try:
            span = self.span
            if span.end_ns is not None:
                return
            for key, value in self.attributes_so_far().items():
                span.attribute_values.setdefault(key, value)
            if span.outputs_value is UNSET:
                span.outputs_value = self._reduced()
            if was_left:
                span.status_code = CANCELLED
                span.status_message = f"the consumer left the stream after {self.chunk_count} chunks"
            elif error is not None:
                span.fail(error)
            span.end()
        except Exception:
            guard.fault("ending a stream")

    def _reduced(self) -> Any:
        outputs = self.outputs_so_far()
        if self._reducer is None or outputs is UNSET:
            return outputs
        try:
            return snapshot(self._reducer(outputs))
        except Exception as error:  # the host's code; the list of chunks is the better record then
            guard.warn("output_reducer", f"output_reducer of {self.span.name!r} raised {error!r}; the chunks are kept")
            return outputs


def was_left(span: Span) -> None:
    """The consumer of what has this span left it, be it before the first step. Nothing if it has ended."""
    if span.end_ns is None:
        meter = span.stream if isinstance(span.stream, StreamMeter) else StreamMeter(span)
        meter.end(was_left=True)


class _EndWhenCollected:
    """Lives in the frame of an async generator: ends its span when nobody can finish it any more."""

    __slots__ = ("_meter",)

    def __init__(self, meter: StreamMeter) -> None:
        self._meter = meter

    def __del__(self) -> None:
        self._meter.end(was_left=True)


def generator_wrapper(
    function: Callable[..., Generator[Any, Any, Any]],
    start: Callable[[tuple[Any, ...], dict[str, Any]], Span | NoOpSpan],
    reducer: Reducer | None,
) -> Callable[..., Generator[Any, Any, Any]]:
    """A generator function that does what `function` does under a span that `start` gives for a call's arguments.

    The span begins with the first step and is current only while the body runs; what is sent, thrown, closed and
    returned passes through, and nothing of it is held meanwhile: chunks may be large, and who waits for one to be let
    go of must not wait for the next.
    """

    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = start(args, kwargs)
        generator = function(*args, **kwargs)
        meter = None
        if isinstance(span, Span):
            meter = StreamMeter(span, reducer)
            span.open()
        resume: Callable[[Any], Any] = generator.send
        passing: list[Any] = [None]
        while True:
            token = current.set(span)
            try:
                passing.append(resume(passing.pop()))
            except StopIteration as stop:
                if meter is not None:
                    meter.end()
                return stop.value
            except BaseException as error:
                if meter is not None:
                    meter.end(error)
                raise
            finally:
                leave(token)
                del token
            if meter is not None:
                meter.add(passing[0])
            try:
                passing.append((yield passing.pop()))
                resume = generator.send
            except GeneratorExit:
                token = current.set(span)
                try:
                    close: Callable[[], Any] = generator.close
                    returned = close()  # since Python 3.13, the value that the generator returns at this
                except BaseException as error:
                    if meter is not None:
                        meter.end(error)
                    raise
                finally:
                    leave(token)
                if meter is not None:
                    meter.end(was_left=True)
                if returned is not None:
                    return returned
                raise
            except BaseException as error:
                resume = generator.throw
                passing.append(error)

    return wrapper


def async_generator_wrapper(
    function: Callable[..., AsyncGenerator[Any, Any]],
    start: Callable[[tuple[Any, ...], dict[str, Any]], Span | NoOpSpan],
    reducer: Reducer | None,
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """`generator_wrapper`, for async generators. The event loop knows of one generator, as it would without us."""

    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = start(args, kwargs)
        generator = function(*args, **kwargs)
        meter = None
        if isinstance(span, Span):
            meter = StreamMeter(span, reducer)
            span.open()
            _sentinel = _EndWhenCollected(meter)
        resume: Callable[[Any], Any] = _unknown_to_the_loop(generator)
        passing: list[Any] = [None]
        while True:
            token = current.set(span)
            try:
                passing.append(await resume(passing.pop()))
            except StopAsyncIteration:
                if meter is not None:
                    meter.end()
                return
            except BaseException as error:
                if meter is not None:
                    meter.end(error)
                raise
            finally:
                leave(token)
                del token
            if meter is not None:
                meter.add(passing[0])
            try:
                passing.append((yield passing.pop()))
                resume = generator.asend
            except GeneratorExit:
                token = current.set(span)
                try:
                    await generator.aclose()
                except BaseException as error:
                    if meter is not None:
                        meter.end(error)
                    raise
                finally:
                    leave(token)
                if meter is not None:
                    meter.end(was_left=True)
                raise
            except BaseException as error:
                resume = generator.athrow
                passing.append(error)

    return wrapper


def _unknown_to_the_loop(generator: AsyncGenerator[Any, Any]) -> Callable[[Any], Any]:
    """What takes the first step of a generator that we alone hold: it is ours to close. A loop that ends would close
    both at once, and one of them would raise that it is closing already."""
    if type(generator) is not AsyncGeneratorType:  # lent: the program may hold it too
        return generator.asend

    def first(value: Any) -> Any:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, hooks.finalizer and _leave)
        try:
            return generator.asend(value)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    return first


def _leave(_: Any) -> None:
    """Of one that dies with ours: whoever was told of ours has had the chance to close it."""
