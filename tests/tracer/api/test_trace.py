"""`trace` on every kind of function."""

from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui.tracer import SpanType, get_current_active_span, start_span, trace


def test_bare_decorator_records_arguments_by_name_and_result(recorded: Recorded) -> None:
    """The span of a call has its arguments by name, defaults included, and its result."""

    @trace
    def add(a: int, b: int = 2, *rest: int, scale: int = 1, **named: int) -> int:
        return (a + b) * scale

    assert add(1) == 3
    assert add(1, 5, 7, scale=2, other=9) == 12
    first, second = recorded.spans()
    assert first["inputs"] == {"a": 1, "b": 2, "scale": 1}
    assert first["outputs"] == 3
    assert second["inputs"] == {"a": 1, "b": 5, "rest": [7], "scale": 2, "named": {"other": 9}}
    assert (first["name"], first["kind"], first["status"]) == ("add", "UNKNOWN", "OK")


def test_a_positional_only_name_is_free_for_keywords(recorded: Recorded) -> None:
    """`f(1, a=2)` of `def f(a, /, **rest)` has both."""

    @trace
    def f(a: int, /, **rest: int) -> None: ...

    f(1, a=2)
    assert recorded.span("f")["inputs"] == {"a": 1, "rest": {"a": 2}}


def test_decorator_with_arguments_names_the_span(recorded: Recorded) -> None:
    """The decorator sets name, type and attributes."""

    @trace(name="plan the trip", span_type=SpanType.AGENT, attributes={"tries": 3})
    def plan() -> None: ...

    plan()
    span = recorded.span("plan the trip")
    assert span["kind"] == "AGENT"
    assert span["attributes"] == {"tries": 3}
    assert span["outputs"] is None


def test_foreign_functions_are_wrapped(recorded: Recorded) -> None:
    """A builtin, a partial and a callable object can be traced, and stay unchanged."""

    class Client:
        def __call__(self, question: str) -> str:
            return question.upper()

    assert trace(len)([1, 2]) == 2
    assert trace(functools.partial(int, base=2), name="binary")("101") == 5
    assert trace(Client(), name="client")("hi") == "HI"
    assert [span["name"] for span in recorded.spans()] == ["len", "binary", "client"]


def test_methods_leave_their_receiver_out(recorded: Recorded) -> None:
    """Methods, class methods and static methods work in either order of decorators; self and cls are not inputs."""

    class Shop(list[int]):
        @trace
        def method(self, x: int) -> int:
            return x

        @trace
        @classmethod
        def outer_class(cls, x: int) -> int:
            return x

        @classmethod
        @trace
        def inner_class(cls, x: int) -> int:
            return x

        @trace
        @staticmethod
        def static(x: int) -> int:
            return x

    shop = Shop()  # empty, so false: MLflow records `self` then
    assert [shop.method(1), Shop.outer_class(2), Shop.inner_class(3), Shop.static(4)] == [1, 2, 3, 4]
    assert [span["inputs"] for span in recorded.spans()] == [{"x": 1}, {"x": 2}, {"x": 3}, {"x": 4}]


async def test_coroutines_nest_across_awaits_and_tasks(recorded: Recorded) -> None:
    """Tasks that start inside a span are its children, in whatever order they run."""

    @trace
    async def tool(n: int) -> int:
        await asyncio.sleep(0)
        return n

    @trace
    async def agent() -> list[int]:
        return list(await asyncio.gather(tool(1), tool(2), tool(3)))

    assert await agent() == [1, 2, 3]
    spans = recorded.spans()
    root = recorded.span("agent")
    assert {span["parent_id"] for span in spans if span["name"] == "tool"} == {root["span_id"]}
    assert {span["trace_id"] for span in spans} == {root["trace_id"]}


def test_wrapped_functions_keep_their_identity() -> None:
    """A wrapped function has the kind, name and signature of the original, which frameworks read."""

    @trace
    async def handler(x: int) -> int:
        """Doc."""
        return x

    @trace
    def numbers() -> Any:
        yield 1

    @trace
    async def chunks() -> Any:
        yield 1

    assert inspect.iscoroutinefunction(handler)
    assert inspect.isgeneratorfunction(numbers)
    assert inspect.isasyncgenfunction(chunks)
    assert (handler.__name__, handler.__doc__) == ("handler", "Doc.")
    assert list(inspect.signature(handler).parameters) == ["x"]


def test_outputs_set_in_the_body_win(recorded: Recorded) -> None:
    """Inputs and outputs that the body sets replace the arguments and the result."""

    @trace
    def answer(secret: str) -> str:
        span = get_current_active_span()
        assert span is not None
        span.set_inputs({"question": "hidden"})
        span.set_outputs("shown")
        return "returned"

    assert answer("s") == "returned"
    span = recorded.span("answer")
    assert (span["inputs"], span["outputs"]) == ({"question": "hidden"}, "shown")


def test_an_exception_is_recorded_on_the_span_that_raised_it(recorded: Recorded) -> None:
    """That span has status, message, type and stack trace; the span that handled the exception is OK."""

    @trace
    def fail() -> None:
        raise ValueError("no such city")

    @trace
    def through() -> None:
        fail()

    @trace
    def handle() -> str:
        try:
            through()
        except ValueError:
            return "sorry"
        return ""

    assert handle() == "sorry"
    assert recorded.span("handle")["status"] == "OK"
    assert recorded.span("handle")["events"] == []
    failed = recorded.span("fail")
    assert (failed["status"], failed["status_message"]) == ("ERROR", "ValueError: no such city")
    (event,) = failed["events"]
    assert event["name"] == "exception"
    assert event["attributes"]["exception.type"] == "ValueError"
    assert event["attributes"]["exception.message"] == "no such city"
    stack_trace = event["attributes"]["exception.stacktrace"]
    assert 'raise ValueError("no such city")' in stack_trace
    assert "tracer/api/trace.py" not in stack_trace, "our own frames are noise"
    passed = recorded.span("through")
    assert passed["status"] == "ERROR"
    assert "exception.stacktrace" not in passed["events"][0]["attributes"], "told once, on the innermost span"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, asyncio.CancelledError])
def test_cancelled_calls_are_cancelled_and_not_ok(recorded: Recorded, stop: type[BaseException]) -> None:
    """Ctrl-C and a cancelled coroutine are neither OK nor an ERROR."""

    @trace
    def interrupted() -> None:
        raise stop()

    with pytest.raises(stop):
        interrupted()
    assert recorded.span("interrupted")["status"] == "CANCELLED"


def test_an_exception_whose_text_raises_is_recorded(recorded: Recorded) -> None:
    """An exception with a broken __str__ is recorded and raised unchanged."""

    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    error = Broken()

    @trace
    def fail() -> None:
        raise error

    with pytest.raises(Broken) as caught:
        fail()
    assert caught.value is error
    assert "Broken" in recorded.span("fail")["status_message"]


def test_misuse_raises_a_type_error_that_names_the_way_out() -> None:
    """A string instead of a function, or a reducer of a function without a stream, is such misuse."""
    with pytest.raises(TypeError, match="name="):
        trace("my span")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="for generator functions"):
        trace(lambda: 1, output_reducer=list)


def test_trace_returns_a_class_unchanged(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    """The class can be called, subclassed and used in isinstance; a warning names its methods."""

    @trace
    class Client:
        @trace
        def ask(self) -> int:
            return 1

    @trace(name="named")
    class Other(Client):
        pass

    assert isinstance(Other(), Client)
    assert Client().ask() == 1
    assert [span["name"] for span in recorded.spans()] == ["ask"]
    (record,) = caplog.records
    assert "Client unchanged; trace its methods" in record.getMessage()


def test_a_call_with_wrong_arguments_raises_the_error_of_python(recorded: Recorded) -> None:
    """The span has the arguments that could be named."""

    @trace
    def two(a: int, b: int) -> None: ...

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        two(1)  # type: ignore[call-arg]
    span = recorded.span("two")
    assert (span["inputs"], span["status"]) == ({"a": 1}, "ERROR")


def test_nothing_is_recorded_inside_an_unrecorded_span(recorded: Recorded) -> None:
    """A trace is recorded whole or not at all: enabling in the middle of a trace does not make children roots."""
    from tracetui import tracer

    tracer.disable()
    with start_span("off"):
        tracer.enable()
        with start_span("child"):
            pass
    with start_span("on"):
        pass
    assert [span["name"] for span in recorded.spans()] == ["on"]
