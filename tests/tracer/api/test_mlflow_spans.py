"""Functions and blocks of code traced as MLflow's documentation describes it.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.last_trace import last_trace
from tracetui import tracer as mlflow

pytestmark = pytest.mark.usefixtures("recorded")


def test_decorated_functions_make_one_trace_with_their_arguments_and_results() -> None:
    """The first example: two traced functions, one inside the other."""

    @mlflow.trace
    def add(x: int, y: int) -> int:
        return x + y

    @mlflow.trace(name="square sum", span_type=mlflow.SpanType.CHAIN, attributes={"key": "value"})
    def square_of_sum(x: int, y: int) -> int:
        return add(x, y) ** 2

    assert square_of_sum(1, 2) == 9
    trace = last_trace()
    assert [span.name for span in trace.data.spans] == ["square sum", "add"]
    outer, inner = trace.data.spans
    assert (outer.inputs, outer.outputs, outer.span_type) == ({"x": 1, "y": 2}, 9, "CHAIN")
    assert outer.attributes == {"key": "value"}
    assert inner.parent_id == outer.span_id
    assert trace.info.state == mlflow.entities.TraceState.OK
    assert json.loads(trace.data.request) == {"x": 1, "y": 2}
    assert json.loads(trace.data.response) == 9


def test_start_span_sets_inputs_outputs_attributes_and_events() -> None:
    """`with start_span() as span`, and the current span in a function called inside."""

    def further_down() -> None:
        span = mlflow.get_current_active_span()
        assert span is not None
        span.set_attribute("temperature", 0.7)
        span.add_event(mlflow.entities.SpanEvent(name="something_happened", attributes={"reason": "example"}))

    with mlflow.start_span(name="my_span", span_type=mlflow.SpanType.TOOL) as span:
        span.set_inputs({"x": 1, "y": 2})
        further_down()
        span.set_outputs({"z": 3})
        assert mlflow.get_active_trace_id() == span.trace_id
    (recorded,) = last_trace().data.spans
    assert (recorded.inputs, recorded.outputs) == ({"x": 1, "y": 2}, {"z": 3})
    assert recorded.get_attribute("temperature") == 0.7
    assert [(event.name, event.attributes) for event in recorded.events] == [
        ("something_happened", {"reason": "example"})
    ]
    assert recorded.status.status_code == mlflow.entities.SpanStatusCode.OK


def test_exception_makes_span_and_trace_an_error_with_its_stack_trace() -> None:
    """The exception is recorded and raised again."""

    @mlflow.trace
    def divide(x: float, y: float) -> float:
        return x / y

    with pytest.raises(ZeroDivisionError):
        divide(1, 0)
    trace = last_trace()
    (span,) = trace.data.spans
    assert trace.info.state == "ERROR"
    assert span.status.status_code == "ERROR"
    assert "ZeroDivisionError" in span.status.description
    (event,) = span.events
    assert event.name == "exception"
    assert "ZeroDivisionError" in event.attributes["exception.stacktrace"]


async def test_coroutines_and_streams_are_traced() -> None:
    """Async functions, generators with a reducer, async generators."""

    @mlflow.trace
    async def fetch(number: int) -> int:
        await asyncio.sleep(0)
        return number * 2

    @mlflow.trace
    async def gather() -> list[int]:
        return list(await asyncio.gather(fetch(1), fetch(2)))

    assert await gather() == [2, 4]
    trace = last_trace()
    assert sorted(span.outputs for span in trace.search_spans(name="fetch")) == [2, 4]
    assert {span.parent_id for span in trace.search_spans(name="fetch")} == {trace.data.root.span_id}

    @mlflow.trace(output_reducer=lambda chunks: ",".join(map(str, chunks)))
    def count() -> Iterator[int]:
        yield from range(3)

    assert list(count()) == [0, 1, 2]
    assert last_trace().data.root.outputs == "0,1,2"

    @mlflow.trace
    async def words() -> AsyncIterator[str]:
        for word in ("a", "b"):
            yield word

    assert [word async for word in words()] == ["a", "b"]
    assert last_trace().data.root.outputs == "ab"


def test_function_of_another_library_is_traced_by_wrapping_it() -> None:
    """`mlflow.trace(fn)` of a function of another module."""
    assert mlflow.trace(json.dumps)({"a": 1}) == '{"a": 1}'
    assert last_trace().data.root.name == "dumps"


def test_threads_join_the_trace_through_a_copied_context() -> None:
    """Multi-threading: a context copied for each task."""

    @mlflow.trace
    def worker(number: int) -> int:
        return number

    @mlflow.trace
    def main() -> None:
        with ThreadPoolExecutor() as pool:
            tasks = [pool.submit(contextvars.copy_context().run, worker, number) for number in range(5)]
            assert [task.result() for task in tasks] == list(range(5))

    main()
    assert len(last_trace().search_spans(name="worker")) == 5


def test_a_retriever_returns_documents() -> None:
    """The outputs of a retriever are MLflow's documents; token usage is set by MLflow's constants."""
    from tracetui.tracer.tracing.constant import SpanAttributeKey, TokenUsageKey

    @mlflow.trace(span_type=mlflow.SpanType.RETRIEVER)
    def retrieve(query: str) -> list[Any]:
        span = mlflow.get_current_active_span()
        assert span is not None
        usage = {TokenUsageKey.INPUT_TOKENS: 3, TokenUsageKey.OUTPUT_TOKENS: 0, TokenUsageKey.TOTAL_TOKENS: 3}
        span.set_attribute(SpanAttributeKey.CHAT_USAGE, usage)
        return [mlflow.entities.Document(page_content="text", metadata={"doc_uri": "a"}, id="1")]

    retrieve("q")
    trace = last_trace()
    assert trace.data.root.outputs == [{"page_content": "text", "metadata": {"doc_uri": "a"}, "id": "1"}]
    assert trace.info.token_usage[TokenUsageKey.TOTAL_TOKENS] == 3


def test_a_span_has_a_description_and_a_log_level() -> None:
    """`description` and `log_level`, as arguments or set later."""

    @mlflow.trace(description="adds", log_level="DEBUG")
    def add(x: int, y: int) -> int:
        span = mlflow.get_current_active_span()
        assert span is not None
        assert (span.description, span.log_level) == ("adds", mlflow.entities.SpanLogLevel.DEBUG)
        span.set_description("adds two numbers")
        return x + y

    add(1, 2)
    root = last_trace().data.root
    assert (root.description, root.log_level) == ("adds two numbers", mlflow.entities.SpanLogLevel.DEBUG)


def test_a_status_of_ok_removes_an_earlier_message() -> None:
    """OK removes the description of an earlier failure; a later ERROR without a description keeps it."""
    with mlflow.start_span("a") as span:
        span.record_exception(ValueError("bad"))
        span.set_status("ERROR")
        assert span.status.description == "ValueError: bad"
        span.set_status(mlflow.entities.SpanStatusCode.OK)
        assert (span.status, span.status.description) == ("OK", "")


def test_the_default_log_level_follows_the_type_of_the_span(caplog: pytest.LogCaptureFixture) -> None:
    """Model calls and tools have a higher level than other spans; an unknown level warns once."""
    level = mlflow.entities.SpanLogLevel
    with mlflow.start_span("glue") as glue, mlflow.start_span("model", span_type="LLM") as model:
        assert (glue.log_level, model.log_level) == (level.DEBUG, level.INFO)
        model.set_log_level("warning")
        assert model.log_level == level.WARNING
        model.set_log_level("LOUD")
        glue.set_log_level(level.CRITICAL)
    assert [span.log_level for span in last_trace().data.spans] == [level.CRITICAL, level.WARNING]
    assert last_trace().data.root.attributes["mlflow.spanLogLevel"] == 50
    assert ["LOUD" in record.getMessage() for record in caplog.records] == [True]


def test_an_event_returns_its_json() -> None:
    """`SpanEvent.json()` has the attributes as text, as in MLflow."""
    event = mlflow.entities.SpanEvent("found", timestamp=5, attributes={"n": 1})
    assert event.json() == {"name": "found", "timestamp": 5, "attributes": '{"n": 1}'}
