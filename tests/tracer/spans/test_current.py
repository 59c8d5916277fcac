"""The current span, when spans are detached in another order or another context than they were attached."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from contextvars import Context, copy_context
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as api_context
from opentelemetry import trace as api

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import get_current_active_span, remote_context, run_in_context, start_span
from tracetui.tracer.otel import TracerProvider

CALLER = f"00-{'ab' * 16}-{'cd' * 8}-01"


def in_thread(function: Callable[[], Any]) -> None:
    """Run `function` to its end in a thread, which has an empty context."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def is_root(name: str = "probe") -> bool:
    """Return whether a span that begins now is a root."""
    with start_span(name) as span:
        return bool(span.parent_id is None)


def id_of(span: api.Span) -> str:
    """Return the span id in our form; zeros for a span that is not recorded."""
    return f"{span.get_span_context().span_id:016x}" if span.is_recording() else NOT_RECORDED


class Attached(AbstractContextManager[None]):
    """A span of the OpenTelemetry API that is attached and detached by its token."""

    def __init__(self, otel: api.Tracer) -> None:
        self.span: Any = otel.start_span("attached")
        self.span_id = id_of(self.span)

    def end(self) -> None:
        self.span.end()

    def __enter__(self) -> None:
        self._token = api_context.attach(api.set_span_in_context(self.span))

    def __exit__(self, *_: object) -> None:
        api_context.detach(self._token)
        self.end()


class OfTheApi(AbstractContextManager[None]):
    """A span of `start_as_current_span`."""

    def __init__(self, otel: api.Tracer) -> None:
        self._around = otel.start_as_current_span("of the API")

    def __enter__(self) -> None:
        self._face = self._around.__enter__()
        self.span_id = id_of(self._face)

    def end(self) -> None:
        self._face.end()

    def __exit__(self, *raised: Any) -> None:
        self._around.__exit__(*raised)


KINDS: dict[str, Callable[[api.Tracer], Any]] = {
    "with": lambda _: start_span("with"),
    "attached": Attached,
    "of the API": OfTheApi,
    "remote": lambda _: remote_context({"traceparent": CALLER}),
    "off": lambda _: tracer.tracing.context(enabled=False),
}
REMOTE_ID = "cd" * 8
NOT_RECORDED = "0" * 16

steps = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(list(KINDS))),
    st.tuples(st.sampled_from(["leave", "leave late", "end"]), st.integers(0, 5)),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=st.lists(steps, max_size=14), does_look=st.booleans())
def test_the_last_entered_that_is_open_is_current(
    recorded: Recorded, program: list[tuple[str, Any]], does_look: bool
) -> None:
    """In whatever order spans of all kinds are left and ended, whether or not anybody looks in between; what is left
    takes along what was entered in it."""
    Context().run(run_program, program, does_look)


def run_program(program: list[tuple[str, Any]], does_look: bool) -> None:
    """Runs the steps, and keeps a list of the spans that are attached inside attached spans."""
    otel = TracerProvider().get_tracer("test")
    entered: list[tuple[str, Any]] = []
    never_left: list[tuple[str, Any]] = []
    ended: list[Any] = []

    def expect_the_innermost() -> None:
        around = [(kind, span) for kind, span in entered if span not in ended]
        kind, span = around[-1] if around else ("nothing", None)
        given_id = {"remote": REMOTE_ID, "off": NOT_RECORDED}.get(kind) or getattr(span, "span_id", None)
        span_id = None if given_id == NOT_RECORDED else given_id
        current = get_current_active_span()
        assert (current and current.span_id) == (None if kind == "remote" else span_id)
        shown = api.get_current_span().get_span_context()
        assert shown.trace_flags.sampled == (span_id is not None)
        assert span_id is None or f"{shown.span_id:016x}" == span_id
        with start_span("below") as below:
            assert (below.span_id == NOT_RECORDED) == (given_id == NOT_RECORDED)
            assert below.parent_id == span_id

    for step, choice in program:
        if step == "enter":
            while entered and entered[-1][1] in ended:
                never_left.append(entered.pop())
            span = KINDS[choice](otel)
            span.__enter__()
            entered.append((choice, span))
        elif entered:
            place = choice % len(entered)
            kind, span = entered[place]
            if step == "leave":
                never_left += entered[place + 1 :]
                del entered[place:]
                span.__exit__(None, None, None)
            elif step == "leave late" and never_left:
                never_left.pop(choice % len(never_left))[1].__exit__(None, None, None)
            elif step == "end" and kind not in ("remote", "off") and span.span_id != NOT_RECORDED:
                span.end()
                ended.append(span)
        if does_look:
            copy_context().run(expect_the_innermost)
            expect_the_innermost()
    expect_the_innermost()
    while leaving := never_left or entered:
        leaving.pop(0)[1].__exit__(None, None, None)
    expect_the_innermost()


@pytest.mark.parametrize("recorded_share", [1.0, 0.0])
def test_resources_that_are_closed_first_in_first_out_leave_nothing_current(
    recorded: Recorded, recorded_share: float
) -> None:
    """Sampled or not: a span that stays current would be the parent of every later span of the thread."""
    tracer.configure(sampling_ratio=recorded_share)
    try:
        spans = [start_span(name) for name in "abc"]
        for span in spans:
            span.__enter__()
        for span in spans:
            span.__exit__(None, None, None)
    finally:
        tracer.configure(sampling_ratio=1.0)
    assert get_current_active_span() is None
    with start_span("later") as later:
        assert later.parent_id is None
        assert later.trace_id != "0" * 32


def test_a_stack_that_is_moved_and_closed_late_leaves_what_is_around_current(recorded: Recorded) -> None:
    """`ExitStack.pop_all` moves an exit out of its block."""
    with start_span("outer") as outer:
        with ExitStack() as stack:
            stack.enter_context(start_span("first"))
            kept = stack.pop_all()
        with start_span("second"):
            kept.close()
        assert get_current_active_span() is outer
    assert get_current_active_span() is None


def test_generators_that_are_read_in_turn_leave_nothing_current(recorded: Recorded) -> None:
    """Each generator holds a span open. The second span began while the first was current."""

    def stream() -> Iterator[int]:
        with start_span("stream"):
            yield from range(3)

    assert list(zip(stream(), stream(), stream(), strict=False))[-1] == (2, 2, 2)
    assert get_current_active_span() is None
    assert is_root()


async def test_async_generators_that_are_read_in_turn_leave_nothing_current(recorded: Recorded) -> None:
    """In one task; another task closes the last generator."""

    async def stream() -> AsyncIterator[int]:
        with start_span("stream"):
            for n in range(2):
                yield n

    streams: list[Any] = [stream() for _ in range(3)]
    for one in streams:
        await anext(one)
    await anext(streams[0])
    with pytest.raises(StopAsyncIteration):
        await anext(streams[0])
    await streams[2].aclose()
    await asyncio.create_task(streams[1].aclose())
    assert get_current_active_span() is None
    assert is_root()


def test_generators_that_the_loop_closes_leave_nothing_current(recorded: Recorded) -> None:
    """After `break` the event loop closes the generator in another task and another context."""
    seen: list[Any] = []

    async def stream() -> AsyncIterator[int]:
        with start_span("stream"):
            yield 1
            yield 2

    async def main() -> None:
        async for _ in stream():
            break
        for _ in range(10):
            await asyncio.sleep(0)
        seen.append(get_current_active_span())
        seen.append(is_root())

    asyncio.run(main())
    assert seen == [None, True]


@pytest.mark.parametrize("where", ["thread", "thread in a copy of the context", "copy of the context"])
def test_a_span_that_is_detached_elsewhere_is_current_nowhere(recorded: Recorded, where: str) -> None:
    """Neither in the context of its attachment nor in the other context."""
    after: list[Any] = []
    span = start_span("entered here")
    span.__enter__()

    def leave() -> None:
        span.__exit__(None, None, None)
        after.append(get_current_active_span())

    if where == "copy of the context":
        copy_context().run(leave)
    else:
        in_thread(leave if where == "thread" else run_in_context(leave))
    assert after == [None]
    assert get_current_active_span() is None
    assert is_root()


def test_the_span_before_one_detached_elsewhere_is_current_again(recorded: Recorded) -> None:
    """The surrounding code is in its former span."""
    with start_span("outer") as outer:
        inner = start_span("inner")
        inner.__enter__()
        in_thread(lambda: inner.__exit__(None, None, None))
        assert get_current_active_span() is outer
        with start_span("next") as following:
            assert following.parent_id == outer.span_id


def test_a_span_that_ends_in_its_block_is_no_longer_current(recorded: Recorded) -> None:
    """The rest of the block is in the surrounding span."""
    with start_span("outer") as outer:
        with start_span("inner") as inner:
            inner.end()
            assert get_current_active_span() is outer
        assert get_current_active_span() is outer
    assert get_current_active_span() is None


def test_a_span_is_entered_once_and_only_while_it_is_open(recorded: Recorded) -> None:
    """A second `with` of the same span, inside the first or after it, changes nothing."""
    with start_span("twice") as span:
        with span:
            assert get_current_active_span() is span
        assert get_current_active_span() is None
    with span:
        assert get_current_active_span() is None
    assert is_root()


def test_a_thread_that_was_given_a_span_stays_in_its_trace(recorded: Recorded) -> None:
    """Like a task that outlives its span: its parent was decided when it got the span."""
    otel = TracerProvider().get_tracer("test")
    given_out = otel.start_span("request")
    parents: list[str | None] = []
    is_attached, has_ended = threading.Event(), threading.Event()

    def work() -> None:
        with api.use_span(given_out):
            is_attached.set()
            assert has_ended.wait(20)
            with start_span("work") as span:
                parents.append(span.parent_id)

    thread = threading.Thread(target=work)
    thread.start()
    assert is_attached.wait(20)
    given_out.end()
    has_ended.set()
    thread.join()
    assert parents == [f"{given_out.get_span_context().span_id:016x}"]


def test_a_token_that_is_foreign_or_of_another_context_detaches_nothing_here(recorded: Recorded) -> None:
    """The API logs tokens that it cannot detach. The current span is unchanged; after its end it is not current."""
    otel = TracerProvider().get_tracer("test")
    span = otel.start_span("attached elsewhere")
    tokens: list[Any] = []
    context = copy_context()
    context.run(lambda: tokens.append(api_context.attach(api.set_span_in_context(span))))
    with start_span("here") as here:
        api_context.detach(tokens[0])
        with suppress(Exception):
            api_context.detach("no token")  # type: ignore[arg-type]
        assert get_current_active_span() is here
    span.end()
    assert context.run(get_current_active_span) is None
    assert context.run(is_root)


def test_a_span_that_is_never_detached_is_not_current_after_its_end(recorded: Recorded) -> None:
    """Some instrumentors forget to detach. All later spans of the thread would be children of that span."""
    otel = TracerProvider().get_tracer("test")

    def forgets() -> bool:
        span = otel.start_span("forgotten")
        api_context.attach(api.set_span_in_context(span))
        with start_span("inside"):
            span.end()
        return get_current_active_span() is None and is_root()

    assert copy_context().run(forgets)


@pytest.mark.parametrize("is_async", [False, True])
def test_the_body_of_a_generator_continues_inside_its_own_span(recorded: Recorded, is_async: bool) -> None:
    """A span that is open at a `yield` is current in the body of the generator, and not in the reader."""

    def inside() -> str:
        with start_span("below"):
            pass
        current = get_current_active_span()
        return current.name if current else ""

    @tracer.trace
    def words() -> Iterator[str]:
        with start_span("paragraph"):
            yield inside()
            yield inside()
        yield inside()

    @tracer.trace
    async def words_async() -> AsyncIterator[str]:
        with start_span("paragraph"):
            yield inside()
            yield inside()
        yield inside()

    async def read_in_tasks(stream: Any) -> list[str]:
        seen = []
        for _ in range(3):
            seen.append(await asyncio.create_task(anext(stream)))
            assert get_current_active_span() is None
        return seen

    if is_async:
        seen = asyncio.run(read_in_tasks(words_async()))
    else:
        stream, seen = words(), []
        for _ in range(3):  # as a web framework reads it, from threads of a pool
            copy_context().run(lambda: seen.append(next(stream)))
            assert get_current_active_span() is None
    assert seen == ["paragraph", "paragraph", "words_async" if is_async else "words"]
    parents = {span["span_id"]: span["name"] for span in recorded.spans()}
    below = [parents[span["parent_id"]] for span in recorded.spans() if span["name"] == "below"]
    assert below == seen


FORGOTTEN: dict[str, Callable[[Any], Any]] = {
    "entered": lambda span: span.record.__enter__(),
    "attached": lambda span: api_context.attach(api.set_span_in_context(span)),
    "attached, and ended": lambda span: (api_context.attach(api.set_span_in_context(span)), span.end()),
    "attached again": lambda _: api_context.attach(api_context.get_current()),
    "remote": lambda _: remote_context({"traceparent": CALLER}).__enter__(),
}
"""Kinds of spans that are never detached."""


@pytest.mark.parametrize("way", list(FORGOTTEN))
@pytest.mark.parametrize("around", ["with", "trace", "of the API", "attached", "trace of a coroutine", "generator"])
def test_a_span_forgotten_in_a_request_is_no_parent_of_later_requests(
    recorded: Recorded, way: str, around: str
) -> None:
    """For our spans and those of the OpenTelemetry API, in the same thread of a pool and in tasks."""
    otel = TracerProvider().get_tracer("test")
    forgotten: list[api.Span] = []

    def forget() -> None:
        forgotten.append(otel.start_span("forgotten"))
        FORGOTTEN[way](forgotten[-1])

    @tracer.trace
    async def forget_async() -> None:
        forget()

    @tracer.trace
    def forget_in_pieces() -> Iterator[int]:
        yield 1
        forget()
        yield 2

    def request() -> None:
        if around == "trace":
            tracer.trace(forget)()
        elif around == "generator":
            list(forget_in_pieces())
        else:
            with KINDS[around](otel):
                forget()

    async def later() -> tuple[bool, bool, bool]:
        if around == "trace of a coroutine":
            await forget_async()
        with otel.start_as_current_span("later") as span:
            pass
        return is_root(), await asyncio.to_thread(is_root), span.parent is None  # type: ignore[attr-defined]

    def run() -> tuple[bool, bool, bool]:
        if around != "trace of a coroutine":
            request()
        return asyncio.run(later())

    assert Context().run(run) == (True, True, True)
    forgotten[0].end()  # else when it is collected, in the file of another test


def test_spans_that_stay_attached_inside_a_span_do_not_move_the_code_around_it(recorded: Recorded) -> None:
    """An exit that is skipped by an exception, or that comes late, changes nothing for the rest of the block."""
    with start_span("request") as request:
        with suppress(KeyError), start_span("step"):
            skipped = start_span("skipped")
            skipped.__enter__()
            raise KeyError
        assert get_current_active_span() is request
        with start_span("next") as following:
            skipped.__exit__(None, None, None)
            assert get_current_active_span() is following
        assert get_current_active_span() is request
    assert get_current_active_span() is None
