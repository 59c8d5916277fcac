"""What instrumentors do that is not as OpenTelemetry means it, in the shapes in which they do it."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.trace import Status, StatusCode

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.instrumentation import instrument
from tracetui.tracer.instrumentation.fixes import bedrock, client_streams, smolagents, stream_meter
from tracetui.tracer.libraries import known
from tracetui.tracer.otel import TracerProvider
from tracetui.tracer.otel.model_call import is_model_call

LLM = {"openinference.span.kind": "LLM"}


@pytest.fixture
def otel(recorded: Recorded) -> Iterator[trace.Tracer]:
    """A tracer of the API, as OpenInference's instrumentors get it."""
    yield TracerProvider().get_tracer("openinference.instrumentation.test")
    assert trace.get_current_span() is trace.INVALID_SPAN, "a test left a span current"


def told(recorded: Recorded) -> dict[str, tuple[str, str | None]]:
    return {span["name"]: (span["status"], span["status_message"]) for span in recorded.spans()}


def chunk(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


CHUNKS = [chunk(""), chunk("Hel"), chunk("lo"), chunk("", "stop")]


def test_a_context_is_left_by_the_variable_of_its_token(otel: trace.Tracer) -> None:
    """LlamaIndex's instrumentor calls `token.var.reset(token)`; if that fails it never ends its span."""
    outer = otel.start_span("outer")
    before = context.attach(trace.set_span_in_context(outer))
    token = context.attach(trace.set_span_in_context(otel.start_span("inner")))
    assert trace.get_current_span(token.old_value) is outer
    assert trace.get_current_span(token.var.get()).name == "inner"  # type: ignore[attr-defined]
    token.var.reset(token)
    assert trace.get_current_span() is outer
    context.detach(before)


async def cancelled(call: Callable[[], Any]) -> None:
    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("says_ok", [True, False])
async def test_a_span_that_ends_as_a_cancellation_passes_is_cancelled(
    otel: trace.Tracer, recorded: Recorded, says_ok: bool
) -> None:
    """OpenAI's Agents report every end as OK, LiteLLM's instrumentor looks for `Exception` alone."""

    async def call() -> None:
        span = otel.start_span("call")
        try:
            await asyncio.sleep(10)
        finally:
            if says_ok:
                span.set_status(Status(StatusCode.OK))
            span.end()

    await cancelled(call)
    assert told(recorded) == {"call": ("CANCELLED", "CancelledError")}


async def test_what_cleans_up_after_a_cancellation_is_ok(otel: trace.Tracer, recorded: Recorded) -> None:
    """A call that is made while a cancellation is handled has nothing to do with it."""

    async def call() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            span = otel.start_span("farewell")
            with trace.use_span(span):
                pass
            span.set_status(Status(StatusCode.OK))
            span.end()
            raise

    await cancelled(call)
    assert told(recorded) == {"farewell": ("OK", None)}


def test_a_span_that_a_closed_generator_ends_is_cancelled(otel: trace.Tracer, recorded: Recorded) -> None:
    """As the instrumentors of LiteLLM and Gemini end it when the consumer of a stream leaves."""

    def chunks() -> Iterator[str]:
        span = otel.start_span("stream")
        try:
            yield from "abc"
        finally:
            span.end()

    for _ in chunks():
        break
    assert told(recorded) == {"stream": ("CANCELLED", "the consumer left the stream")}


async def test_a_model_call_that_is_cancelled_is_ended_if_nobody_does(otel: trace.Tracer, recorded: Recorded) -> None:
    """The instrumentors of Groq and Mistral leave it open; spans of a program's own are its own to end."""
    mine = TracerProvider().get_tracer("app").start_span("mine")

    async def call() -> None:
        with trace.use_span(mine), trace.use_span(otel.start_span("call")):
            await asyncio.sleep(10)

    await cancelled(call)
    assert told(recorded) == {"mine": ("RUNNING", None), "call": ("CANCELLED", "CancelledError")}
    mine.end()


class Stream:
    """As the clients that OpenAI, Anthropic and Groq generate have it."""

    def __init__(self, chunks: list[dict[str, Any]], error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error

    def __stream__(self) -> Iterator[dict[str, Any]]:
        yield from self.chunks
        if self.error is not None:
            raise self.error

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.__stream__()


class AsyncStream(Stream):
    async def __stream__(self) -> AsyncIterator[dict[str, Any]]:  # type: ignore[override]
        for each in self.chunks:
            yield each

    def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        return self.__stream__()


@pytest.fixture
def open_stream(otel: trace.Tracer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Opens a stream as Groq's instrumentor does: its span is told OK and ended within the call."""
    for kind in (Stream, AsyncStream):
        for name in ("__init__", "__stream__"):
            monkeypatch.setattr(kind, name, vars(kind).get(name) or getattr(kind, name))  # undone after the test
    client_streams.measure_streams(SimpleNamespace(Stream=Stream, AsyncStream=AsyncStream))

    def opened(kind: type[Stream], *given: Any) -> Stream:
        span = otel.start_span("Completions", attributes={"llm.invocation_parameters": "{}"})
        with trace.use_span(span):
            stream = kind(*given)
            span.set_attributes({"output.value": str(stream), "output.mime_type": "application/json", **LLM})
            span.set_status(Status(StatusCode.OK))
            span.end()
        return stream

    return opened


def test_a_span_that_is_ended_when_its_stream_is_opened_goes_on(
    open_stream: Callable[..., Any], recorded: Recorded
) -> None:
    """Groq's instrumentor knows no streams, and writes the object down as the answer."""
    with tracer.start_span("request"):
        assert list(open_stream(Stream, CHUNKS)) == CHUNKS
        assert tracer.get_current_active_span().name == "request"  # type: ignore[union-attr]
    span = recorded.span("Completions")
    assert (span["kind"], span["status"], span["outputs"], span["chunk_count"]) == ("LLM", "OK", "Hello", 4)
    assert span["ttft_ms"] is not None
    assert "output.value" not in span["attributes"]


async def test_an_async_stream_goes_on_alike(open_stream: Callable[..., Any], recorded: Recorded) -> None:
    """As a synchronous one does."""
    assert [each async for each in open_stream(AsyncStream, CHUNKS)] == CHUNKS
    span = recorded.span("Completions")
    assert (span["status"], span["outputs"], span["chunk_count"]) == ("OK", "Hello", 4)


def test_such_a_stream_fails_is_left_and_forgotten(open_stream: Callable[..., Any], recorded: Recorded) -> None:
    """Each time its span ends, with what is true of it."""
    with pytest.raises(OSError, match="gone"):
        list(open_stream(Stream, CHUNKS[:2], OSError("gone")))
    for each in open_stream(Stream, CHUNKS):
        if each["choices"][0]["delta"]["content"]:
            break
    del each
    open_stream(Stream, CHUNKS)
    gc.collect()
    spans = recorded.spans()
    assert [(span["status"], span["status_message"]) for span in spans] == [
        ("ERROR", "OSError: gone"),
        ("CANCELLED", "the consumer left the stream after 2 chunks"),
        ("CANCELLED", "the consumer left the stream after 0 chunks"),
    ]
    assert [span["outputs"] for span in spans] == ["Hel", "Hel", None]


def test_a_stream_below_an_agent_is_none_of_the_agent(otel: trace.Tracer, recorded: Recorded) -> None:
    """Only the span of a model call has tokens and a first one."""
    for kind, is_call in (("AGENT", False), ("CHAIN", False), ("LLM", True)):
        span = otel.start_span(kind, attributes={"openinference.span.kind": kind})
        assert is_model_call(span.record) is is_call  # type: ignore[attr-defined]
        span.end()


class Accumulator:
    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def process_chunk(self, chunk: Any) -> None:
        self.taken.append(chunk)


class WithSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span


def test_the_accumulator_of_an_instrumentor_is_listened_to(otel: trace.Tracer, recorded: Recorded) -> None:
    """Those of Gemini and Mistral: no class of the client's yields the chunks."""

    class Proxy:
        def __init__(self, span: trace.Span) -> None:
            self._with_span = WithSpan(span)
            self._response_accumulator = Accumulator()

    stream_meter.measure_proxies(SimpleNamespace(Proxy=Proxy), "Proxy")
    span = otel.start_span("GenerateContentStream", attributes=LLM)
    proxy = Proxy(span)
    for each in CHUNKS[:2]:
        proxy._response_accumulator.process_chunk(each)
    assert proxy._response_accumulator.taken == CHUNKS[:2]
    span.end()
    row = recorded.span("GenerateContentStream")
    assert (row["status"], row["outputs"], row["chunk_count"]) == ("CANCELLED", "Hel", 2)
    assert row["ttft_ms"] is not None


def test_the_callback_of_an_instrumentor_is_listened_to(otel: trace.Tracer, recorded: Recorded) -> None:
    """That of Bedrock, which is called with each event."""

    class Callback:
        def __init__(self, span: trace.Span) -> None:
            self._span = span

        def __call__(self, event: Any) -> Any:
            return event

    bedrock.measure_callback(SimpleNamespace(Callback=Callback), "Callback")
    span = otel.start_span("bedrock.converse_stream", attributes=LLM)
    callback = Callback(span)
    event: object
    for event in ({"contentBlockDelta": {"delta": {"text": "Hel"}}}, {"messageStop": {}}, StopIteration()):
        assert callback(event) is event
    span.end()
    row = recorded.span("bedrock.converse_stream")
    assert (row["status"], row["outputs"], row["chunk_count"]) == ("OK", "Hel", 2)


def test_a_failed_span_that_nobody_has_any_more_has_ended(otel: trace.Tracer, recorded: Recorded) -> None:
    """Bedrock's instrumentor leaves the span of a stream that was refused; a failed one that it has is its own."""
    with pytest.raises(OSError, match="refused"), otel.start_as_current_span("stream", end_on_exit=False):
        raise OSError("refused")
    kept = otel.start_span("kept")
    kept.record_exception(OSError("once"))
    kept.set_status(StatusCode.ERROR)
    with trace.use_span(kept):
        assert trace.get_current_span() is kept
    gc.collect()
    rows = {span["name"]: span for span in recorded.spans()}
    assert (rows["stream"]["status"], rows["stream"]["status_message"]) == ("ERROR", "OSError: refused")
    assert rows["stream"]["end_ns"] == rows["stream"]["events"][-1]["time_ns"]
    assert rows["kept"]["end_ns"] is None
    kept.end()


def test_a_run_that_fails_leaves_nothing_behind(otel: trace.Tracer, recorded: Recorded) -> None:
    """The instrumentor of smolagents leaves its span current, so that all that follows would be below it."""

    class RunWrapper:
        def __call__(self, run: Callable[[], Any]) -> Any:
            span = otel.start_span("agent.run")
            context.attach(trace.set_span_in_context(span))
            try:
                return run()
            except Exception as error:
                span.record_exception(error)
                span.set_status(StatusCode.ERROR)
                raise

    smolagents.end_failed_runs(SimpleNamespace(RunWrapper=RunWrapper), "RunWrapper")

    def fail() -> None:
        raise OSError("no model")

    with pytest.raises(OSError, match="no model"):
        RunWrapper()(fail)
    assert trace.get_current_span() is trace.INVALID_SPAN
    with tracer.start_span("next request"), otel.start_as_current_span("inside"):
        pass
    with otel.start_as_current_span("a request of the API"):
        pass
    run, following, _, last = recorded.spans()
    assert (run["status"], run["status_message"], len(run["events"])) == ("ERROR", "OSError: no model", 1)
    assert following["parent_id"] is None
    assert last["parent_id"] is None


def test_the_traces_of_agents_still_go_where_the_program_sends_them() -> None:
    """The instrumentor of OpenAI's Agents takes the place of all other processors unless it is asked not to."""
    assert instrument._OPTIONS["openai_agents"] == {"exclusive_processor": False}


def test_the_answer_as_an_instrumentor_tells_it_is_kept(otel: trace.Tracer, recorded: Recorded) -> None:
    """Pydantic AI tells more of it than the chunks: parts, and why it ended."""
    span = otel.start_span("chat", attributes={"gen_ai.operation.name": "chat"})
    meter = stream_meter.ClientStreamMeter(span.record)  # type: ignore[attr-defined]
    for each in CHUNKS:
        meter.add(each)
    message = [{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], "finish_reason": "stop"}]
    span.set_attribute("gen_ai.output.messages", json.dumps(message))
    span.end()
    row = recorded.span("chat")
    assert (row["outputs"], row["chunk_count"], row["status"]) == (message, 4, "OK")


PYDANTIC_AI = """
class Agent:
    _instrument_default = False

    @staticmethod
    def instrument_all(instrument=True):
        Agent._instrument_default = instrument

    def run(self):
        settings = self._instrument_default
        if not settings:
            return
        with settings.provider.get_tracer("pydantic-ai").start_as_current_span("invoke_agent") as span:
            span.set_attribute("gen_ai.operation.name", "invoke_agent")
"""


@pytest.fixture
def pydantic_ai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that can be instrumented as Pydantic AI is."""
    models = tmp_path / "site" / "pydantic_ai" / "models"
    models.mkdir(parents=True)
    (models.parent / "__init__.py").write_text(PYDANTIC_AI)
    (models / "__init__.py").write_text("")
    (models / "instrumented.py").write_text(
        "class InstrumentationSettings:\n"
        "    def __init__(self, *, tracer_provider):\n"
        "        self.provider = tracer_provider\n"
    )
    for name in [name for name in sys.modules if name.partition(".")[0] == "pydantic_ai"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield
    tracer.autolog("pydantic_ai", disable=True)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pydantic_ai"]:
        del sys.modules[name]


@pytest.mark.usefixtures("pydantic_ai")
def test_pydantic_ai_needs_no_instrumentor(recorded: Recorded) -> None:
    """It tells of its agents itself: `autolog` gives it the provider, and takes it back."""
    tracer.autolog("pydantic_ai")
    assert "pydantic_ai" not in sys.modules
    agent = importlib.import_module("pydantic_ai").Agent()
    agent.run()
    assert [(span["name"], span["kind"]) for span in recorded.spans()] == [("invoke_agent", "AGENT")]
    tracer.autolog("pydantic_ai", disable=True)
    agent.run()
    assert len(recorded.spans()) == 1


@pytest.mark.usefixtures("pydantic_ai")
def test_agents_that_tell_somebody_else_are_left_alone(recorded: Recorded) -> None:
    """A program that sends them to Logfire goes on doing so; they are recorded through Logfire's provider."""
    agents = importlib.import_module("pydantic_ai").Agent
    agents.instrument_all(elsewhere := object())
    tracer.autolog("pydantic_ai")
    assert agents._instrument_default is elsewhere


def test_libraries_are_waited_for_by_a_module_that_has_code() -> None:
    """`mistralai` is a namespace: its import runs nothing, and nothing that waits for it."""
    assert known("mistralai").module == "mistralai.client"
