"""Generators and async generators under `trace`."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import suppress
from typing import Any
from weakref import ref

import pytest

from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui.tracer import get_current_active_span, start_span, trace
from tracetui.tracer.parts import clock
from tracetui.tracer.settings.settings import config
from tracetui.tracer.spans.span import Span


class Hands:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000

    def pass_ms(self, ms: float) -> None:
        self.now_ns += int(ms * 1e6)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The tracer's clock in the test's hands."""
    hands = Hands()
    monkeypatch.setattr(clock, "monotonic_ns", lambda: hands.now_ns)
    monkeypatch.setattr(clock, "wall_ns", lambda: hands.now_ns)
    return hands


def test_stream_measures_itself(recorded: Recorded, hands: Hands) -> None:
    """Time to the first chunk with content, mean time between chunks, chunk count, and the text."""

    @trace
    def stream() -> Iterator[str]:
        hands.pass_ms(100)
        yield ""  # as a role-only chunk: no content yet
        hands.pass_ms(512)
        yield "Hel"
        hands.pass_ms(20)
        yield "lo"
        hands.pass_ms(40)

    assert "".join(stream()) == "Hello"
    span = recorded.span("stream")
    assert span["ttft_ms"] == 612
    assert span["attributes"]["llm.ttft_ms"] == 612
    assert span["attributes"]["gen_ai.response.time_to_first_chunk"] == 0.612
    assert span["attributes"]["llm.chunk_interval_ms"] == 10
    assert span["chunk_count"] == 3
    assert span["outputs"] == "Hello"
    assert span["duration_ms"] == 672
    assert span["status"] == "OK"


async def test_async_stream_measures_itself(recorded: Recorded, hands: Hands) -> None:
    """The same for async generators; chunks that are no text are kept as a list."""

    @trace
    async def stream() -> AsyncIterator[dict[str, int]]:
        hands.pass_ms(7)
        yield {"n": 1}
        await asyncio.sleep(0)
        yield {"n": 2}

    assert [chunk async for chunk in stream()] == [{"n": 1}, {"n": 2}]
    span = recorded.span("stream")
    assert (span["ttft_ms"], span["chunk_count"], span["outputs"]) == (7, 2, [{"n": 1}, {"n": 2}])


def test_output_reducer_makes_the_output(recorded: Recorded) -> None:
    """The reducer gets the list of chunks; one that fails leaves the list."""

    def fail(_: list[Any]) -> None:
        raise ValueError("reducer")

    def two() -> Iterator[int]:
        yield 1
        yield 2

    list(trace(two, name="sum", output_reducer=sum)())
    list(trace(two, name="fails", output_reducer=fail)())
    assert recorded.span("sum")["outputs"] == 3
    assert recorded.span("fails")["outputs"] == [1, 2]


def test_consumer_that_stops_early_leaves_a_whole_span(recorded: Recorded) -> None:
    """After `break` the span has an end, says that it was left, and keeps what had arrived."""

    @trace
    def stream() -> Iterator[str]:
        yield "one "
        yield "two "
        yield "three"

    for chunk in stream():
        if chunk == "two ":
            break
    gc.collect()
    span = recorded.span("stream")
    assert (span["status"], span["outputs"], span["chunk_count"]) == ("CANCELLED", "one two ", 2)
    assert span["status_message"] == "the consumer left the stream after 2 chunks"
    assert recorded.traces()[0]["open_count"] == 0


async def test_cancelled_async_stream_leaves_a_whole_span(recorded: Recorded) -> None:
    """A task that is cancelled while it waits for a chunk leaves a CANCELLED span with what had arrived."""
    waiting = asyncio.Event()

    @trace
    async def stream() -> AsyncIterator[str]:
        yield "one"
        waiting.set()
        await asyncio.Event().wait()
        yield "never"

    async def consume() -> None:
        async for _ in stream():
            pass

    task = asyncio.create_task(consume())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    span = recorded.span("stream")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "one")


async def test_closed_async_stream_leaves_a_whole_span(recorded: Recorded) -> None:
    """`aclose()` reaches the body and ends the span."""
    cleaned = []

    @trace
    async def stream() -> AsyncIterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            cleaned.append(True)

    generator = stream()
    async for _ in generator:
        break
    await generator.aclose()  # type: ignore[attr-defined]
    assert cleaned == [True]
    assert recorded.span("stream")["status"] == "CANCELLED"


def test_async_stream_dropped_without_a_loop_leaves_a_whole_span(recorded: Recorded) -> None:
    """Nobody can finish an async generator whose loop is gone; its span ends when it is collected."""

    @trace
    async def stream() -> AsyncIterator[str]:
        yield "one"
        yield "two"

    generator: Any = stream()
    step = generator.asend(None)
    with pytest.raises(StopIteration) as first:
        step.send(None)
    assert first.value.value == "one"
    del generator, step, first
    gc.collect()
    span = recorded.span("stream")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "one")


@pytest.mark.parametrize("chunk", ["x" * 100, {"delta": "x" * 100}], ids=["text", "objects"])
def test_a_stream_without_end_keeps_what_one_value_may_hold(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, chunk: Any
) -> None:
    """All its chunks are counted; how many of them are not kept is said."""
    monkeypatch.setattr(config, "max_value_bytes", 10_000)

    @trace
    def stream() -> Iterator[Any]:
        for _ in range(1_000):
            yield chunk

    for _ in stream():
        pass
    span = recorded.span("stream")
    assert span["chunk_count"] == 1_000
    assert 850 < span["attributes"]["tracetui.cut.chunks"] < 1_000
    assert 2_000 < len(json.dumps(span["outputs"])) <= 10_000


def test_error_in_mid_stream_keeps_what_had_arrived(recorded: Recorded) -> None:
    """The span of a stream that fails is an ERROR with the partial text and the exception."""

    @trace
    def stream() -> Iterator[str]:
        yield "half an "
        raise ConnectionError("reset by peer")

    with pytest.raises(ConnectionError):
        list(stream())
    span = recorded.span("stream")
    assert (span["status"], span["outputs"]) == ("ERROR", "half an ")
    assert span["events"][0]["attributes"]["exception.type"] == "ConnectionError"


def test_send_throw_and_return_pass_through(recorded: Recorded) -> None:
    """A traced generator is the generator: values sent, exceptions thrown, and the value returned."""

    @trace
    def talk() -> Generator[str, str, str]:
        heard = yield "hello"
        try:
            yield heard.upper()
        except KeyError:
            heard = yield "caught"
        return heard

    generator = talk()
    assert next(generator) == "hello"
    assert generator.send("you") == "YOU"
    assert generator.throw(KeyError("k")) == "caught"
    with pytest.raises(StopIteration) as stop:
        generator.send("bye")
    assert stop.value.value == "bye"
    assert recorded.span("talk")["status"] == "OK"


def test_closing_gives_what_closing_the_generator_gives(recorded: Recorded) -> None:
    """Since Python 3.13 the value that a generator returns when it is closed; None before."""

    def left() -> Generator[int, None, str]:
        try:
            yield 1
        except GeneratorExit:
            return "so far"
        return "all"

    plain, traced = left(), trace(left)()
    assert next(plain) == next(traced) == 1
    close, close_traced = plain.close, traced.close
    assert [close_traced()] == [close()]
    assert recorded.span("left")["status"] == "CANCELLED"


def test_stream_is_current_only_while_its_body_runs(recorded: Recorded) -> None:
    """Spans of the body are its children; spans of the consumer between chunks are not."""

    @trace
    def stream() -> Iterator[int]:
        with start_span("in the body"):
            pass
        yield 1

    with start_span("consumer") as consumer:
        for _ in stream():
            assert get_current_active_span() is consumer
            with start_span("between"):
                pass
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["in the body"]["parent_id"] == spans["stream"]["span_id"]
    assert spans["between"]["parent_id"] == spans["consumer"]["span_id"]


def test_text_so_far_is_in_the_file_while_the_stream_runs(recorded: Recorded) -> None:
    """An open stream's row shows the first token's time and the text, before it ends."""

    @trace
    def stream() -> Iterator[str]:
        yield "so "
        yield "far "
        yield "!"

    generator = stream()
    assert next(generator) + next(generator) == "so far "

    def shown() -> bool:
        (row,) = recorded.rows("SELECT status, outputs, ttft_ms FROM spans")
        return bool(row["status"] == "RUNNING" and row["outputs"] == '"so far "' and row["ttft_ms"] is not None)

    wait_until(shown, "the text so far")
    list(generator)
    assert recorded.span("stream")["outputs"] == "so far !"


def test_memory_does_not_grow_with_the_number_of_chunks(recorded: Recorded) -> None:
    """A long stream of short texts is held as its text, not as its chunks."""
    from tracetui.tracer.spans.span import Span
    from tracetui.tracer.streams.meter import StreamMeter

    with start_span("stream") as span:
        assert isinstance(span, Span)
        meter = StreamMeter(span)
        for _ in range(10_000):
            meter.add("x")
        assert sum(map(len, meter.answer.first.text._pieces)) < 300
        meter.end()
    assert recorded.span("stream")["outputs"] == "x" * 10_000


def parents(recorded: Recorded) -> dict[str, str | None]:
    """The name of each span's parent."""
    spans = recorded.spans()
    names = {span["span_id"]: span["name"] for span in spans}
    return {span["name"]: names.get(span["parent_id"]) for span in spans}


def test_what_a_left_stream_cleans_up_is_below_it(recorded: Recorded) -> None:
    """Also while it is closed, the stream's own span is the current one."""

    @trace
    def cleanup() -> None:
        pass

    @trace
    def stream() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            cleanup()

    @trace
    def consumer() -> None:
        for _ in stream():
            break
        cleanup_after()

    @trace
    def cleanup_after() -> None:
        pass

    consumer()
    assert parents(recorded) == {
        "consumer": None,
        "stream": "consumer",
        "cleanup": "stream",
        "cleanup_after": "consumer",
    }


async def test_what_a_closed_async_stream_cleans_up_is_below_it(recorded: Recorded) -> None:
    """The same for async generators, and for an exception in the cleaning up."""

    @trace
    async def cleanup() -> None:
        raise ValueError("no more")

    @trace
    async def stream() -> AsyncIterator[str]:
        try:
            yield "a"
        finally:
            await cleanup()

    generator = stream()
    assert await anext(generator) == "a"
    with pytest.raises(ValueError, match="no more"):
        await generator.aclose()  # type: ignore[attr-defined]
    assert parents(recorded) == {"stream": None, "cleanup": "stream"}
    span = recorded.span("stream")
    assert (span["status"], span["status_message"], span["outputs"]) == ("ERROR", "ValueError: no more", "a")


def test_an_error_while_a_left_stream_is_closed_is_its_status(recorded: Recorded) -> None:
    """That the consumer left is then not all there is to say."""

    @trace
    def stream() -> Iterator[str]:
        try:
            yield "a"
        finally:
            raise ValueError("no more")

    generator = stream()
    next(generator)
    with pytest.raises(ValueError, match="no more"):
        generator.close()  # type: ignore[attr-defined]
    assert recorded.span("stream")["status"] == "ERROR"


def test_below_a_stream_that_is_not_recorded_nothing_is(recorded: Recorded) -> None:
    """A trace is whole or not there, whichever kind of function it begins with."""

    @trace
    def inner() -> None:
        pass

    @trace(sampling_ratio_override=0.0)
    def stream() -> Iterator[int]:
        inner()
        yield 1
        inner()

    assert list(stream()) == [1]
    inner()
    assert len(recorded.spans()) == 1


class Chunk(Exception):
    """One whose end can be seen, and that can be thrown."""


def test_nothing_that_passes_through_is_held(recorded: Recorded) -> None:
    """A chunk may be a table of gigabytes: its consumer lets go of it before the next is made."""

    @trace
    def talk() -> Generator[Chunk, Any, None]:
        while True:
            with suppress(Chunk):
                yield Chunk()

    stream = talk()
    chunk, sent, thrown = next(stream), Chunk(), Chunk()
    alive = [ref(chunk)]
    del chunk
    alive.append(ref(stream.send(sent)))
    alive.append(ref(sent))
    del sent
    stream.throw(thrown)
    alive.append(ref(thrown))
    del thrown
    gc.collect()
    assert [one() for one in alive] == [None] * 4
    stream.close()


async def test_nothing_that_passes_through_an_async_stream_is_held(recorded: Recorded) -> None:
    """The same of an asynchronous one."""

    @trace
    async def talk() -> AsyncGenerator[Chunk, Any]:
        while True:
            yield Chunk()

    stream = talk()
    chunk, sent = await anext(stream), Chunk()
    alive = [ref(chunk), ref(sent)]
    del chunk
    await stream.asend(sent)
    del sent
    assert [one() for one in alive] == [None] * 2
    await stream.aclose()


def test_a_loop_that_ends_closes_one_generator(recorded: Recorded) -> None:
    """It knows of none within, and says nothing of any that it could not close."""
    said: list[str] = []
    closed: list[int] = []
    held = []

    @trace
    async def talk(number: int) -> AsyncIterator[int]:
        try:
            yield number
        finally:
            await asyncio.sleep(0)
            closed.append(number)

    async def begin() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context["message"]))
        for number in range(8):
            held.append(talk(number))
            await anext(held[-1])

    asyncio.run(begin())
    assert (said, sorted(closed)) == ([], list(range(8)))
    assert {span["status"] for span in recorded.spans()} == {"CANCELLED"}


@pytest.mark.parametrize("part", ["tool_calls", "choices"])
def test_what_a_stream_without_end_calls_is_kept_up_to_a_limit(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """An agent may call tools for as long as it runs: each call takes memory, were it without any text."""
    monkeypatch.setattr(config, "max_value_bytes", 5_000)

    @trace
    def stream() -> Iterator[dict[str, Any]]:
        for number in range(1_000):
            call = {"index": number, "id": f"c{number}", "function": {"name": "f", "arguments": ""}}
            if part == "tool_calls":
                yield {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
            else:
                yield {"choices": [{"index": number, "delta": {"content": ""}}]}

    for _ in stream():
        pass
    span = recorded.span("stream")
    kept = span["outputs"]["tool_calls"] if part == "tool_calls" else span["outputs"]
    assert 10 <= len(kept) <= 11
    assert span["chunk_count"] == 1_000


def test_what_a_stream_said_is_let_go_of_when_it_is_written(recorded: Recorded) -> None:
    """By counting alone: a host that seldom collects would keep the text of every answer until it does."""

    @trace
    def stream() -> Iterator[str]:
        span = get_current_active_span()
        assert isinstance(span, Span)
        spans.append(ref(span))
        yield "Hello"

    spans: list[ref[Span]] = []
    gc.disable()
    try:
        for _ in stream():
            pass
        assert recorded.span("stream")["outputs"] == "Hello"
        with start_span("another"):  # the thread has let go of the batch before
            pass
        assert recorded.span("another")["status"] == "OK"
        wait_until(lambda: spans[0]() is None, "the span is let go of")
    finally:
        gc.enable()
