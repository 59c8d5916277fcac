"""LangChain, recorded by `autolog`."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.otel import TracerProvider


@pytest.fixture
def chain(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """A prompt, a model and a parser."""
    autologged("langchain", "langchain_core")
    openai = pytest.importorskip("langchain_openai")
    prompts = importlib.import_module("langchain_core.prompts")
    parsers = importlib.import_module("langchain_core.output_parsers")
    model = openai.ChatOpenAI(
        model="gpt-x", base_url=f"{wire.url}/v1", api_key="none", max_retries=0, stream_usage=True
    )
    return prompts.ChatPromptTemplate.from_template("Say {word}") | model | parsers.StrOutputParser()


def test_a_chain_is_a_tree_below_ours(chain: Any, recorded: Recorded) -> None:
    """Each step under its chain; tokens are counted once, at the model."""
    with tracer.start_span("request") as request:
        assert chain.invoke({"word": "hello"}) == "Hello you"
    spans = {span["name"]: span for span in recorded.spans()}
    sequence = spans["RunnableSequence"]
    assert sequence["parent_id"] == request.span_id
    assert sequence["kind"] == "CHAIN"
    for name in ("ChatPromptTemplate", "ChatOpenAI", "StrOutputParser"):
        assert spans[name]["parent_id"] == sequence["span_id"]
    model = spans["ChatOpenAI"]
    assert (model["kind"], model["provider"], model["input_tokens"], model["output_tokens"]) == ("LLM", "openai", 11, 7)
    assert model["model"].startswith("gpt-x")
    assert "Say hello" in str(model["inputs"])
    assert "Hello you" in str(model["outputs"])
    (trace,) = recorded.traces()
    assert (trace["input_tokens"], trace["output_tokens"]) == (11, 7)


def test_a_streaming_chain_is_measured(chain: Any, recorded: Recorded) -> None:
    """LangChain tells of each token."""
    assert "".join(chain.stream({"word": "hello"})) == "Hello you"
    model = recorded.span("ChatOpenAI")
    assert_ttft_is_of_the_first_content(model)
    assert (model["input_tokens"], model["output_tokens"]) == (11, 7)


async def test_an_async_streaming_chain_is_measured(chain: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    assert "".join([text async for text in chain.astream({"word": "hello"})]) == "Hello you"
    assert_ttft_is_of_the_first_content(recorded.span("ChatOpenAI"))


def test_tools_and_own_spans_mix(autologged: Callable[..., Any], recorded: Recorded) -> None:
    """A function of ours that a tool calls is below the tool."""
    autologged("langchain", "langchain_core")
    tools = importlib.import_module("langchain_core.tools")

    @tracer.trace
    def look_up(city: str) -> str:
        return f"sunny in {city}"

    @tools.tool
    def weather(city: str) -> str:
        """The weather of a city."""
        return look_up(city)

    assert weather.invoke({"city": "Porto"}) == "sunny in Porto"
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["weather"]["kind"] == "TOOL"
    assert spans["look_up"]["trace_id"] == spans["weather"]["trace_id"]
    assert spans["look_up"]["parent_id"] == spans["weather"]["span_id"]


def test_the_client_below_langchain_is_its_child(
    chain: Any, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Both recorded, the tokens still count once."""
    autologged("openai")
    chain.invoke({"word": "hello"})
    assert "".join(chain.stream({"word": "hello"})) == "Hello you"
    spans = recorded.spans()
    models = [span["span_id"] for span in spans if span["name"] == "ChatOpenAI"]
    assert [span["parent_id"] for span in spans if span["name"] == "ChatCompletion"] == models
    assert [trace["input_tokens"] for trace in recorded.traces()] == [11, 11]


async def test_the_consumer_of_a_stream_is_not_below_the_model(chain: Any, recorded: Recorded) -> None:
    """Between chunks the program's own code runs."""
    with tracer.start_span("request") as request:
        for _ in chain.stream({"word": "hello"}):
            assert tracer.get_current_active_span() is request
        async for _ in chain.astream({"word": "hello"}):
            assert tracer.get_current_active_span() is request


def test_nodes_of_a_graph_are_parents_of_what_they_do(autologged: Callable[..., Any], recorded: Recorded) -> None:
    """LangGraph, through LangChain's callbacks."""
    autologged("langgraph", "langchain_core")
    graph = pytest.importorskip("langgraph.graph")

    @tracer.trace
    def think(state: dict[str, Any]) -> dict[str, Any]:
        return {"answer": state["question"].upper()}

    def node(state: dict[str, Any]) -> dict[str, Any]:
        return think(state)

    builder = graph.StateGraph(dict)
    builder.add_node("thinker", node)
    builder.add_edge(graph.START, "thinker")
    builder.add_edge("thinker", graph.END)
    builder.compile().invoke({"question": "why"})
    assert recorded.span("think")["parent_id"] == recorded.span("thinker")["span_id"]


async def consumed(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


@pytest.fixture
def model(chain: Any) -> Any:
    """The model of the chain, by itself."""
    return chain.middle[0]


def questions(*texts: str) -> list[list[Any]]:
    """A batch of prompts."""
    messages = importlib.import_module("langchain_core.messages")
    return [[messages.HumanMessage(text)] for text in texts]


def assert_nothing_is_left() -> None:
    """No span is current, and neither the instrumentor nor we keep a run."""
    assert tracer.get_current_active_span() is None
    instrumentor = importlib.import_module("openinference.instrumentation.langchain").LangChainInstrumentor()
    assert not instrumentor._tracer._spans_by_run
    assert not instrumentor._tracer.run_map


@pytest.mark.parametrize("method", ["ainvoke", "astream", "abatch"])
async def test_a_cancelled_call_ends_cancelled_and_is_not_left_current(
    model: Any, wire: Wire, recorded: Recorded, method: str
) -> None:
    """LangChain tells of its end in a task of its own, or not at all; what the program does next is beside it."""
    wire.before_answer.clear()
    for number in range(2):
        call = {"ainvoke": model.ainvoke, "abatch": lambda word: model.abatch([word]), "astream": model.astream}[method]
        call = call("hello")

        def is_asked(requests: int = number + 1) -> bool:
            return len(wire.requests) == requests

        await cancelled(consumed(call) if method == "astream" else call, when=is_asked)
        assert_nothing_is_left()
        with tracer.start_span("afterwards"):
            pass
    spans = recorded.spans()
    assert [span["parent_id"] for span in spans] == [None] * 4
    for span in (span for span in spans if span["name"] == "ChatOpenAI"):
        assert (span["status"], span["status_message"]) == ("CANCELLED", "CancelledError")
        assert (span["kind"], span["model"]) == ("LLM", "gpt-x")
        assert "hello" in str(span["inputs"])


async def test_a_call_that_is_over_is_not_current(model: Any, wire: Wire, recorded: Recorded) -> None:
    """Whether it answered or was refused, streamed or not; LangChain tells of it in a task of its own."""
    await model.ainvoke("hello")
    assert_nothing_is_left()
    await consumed(model.astream("hello"))
    assert_nothing_is_left()
    wire.status = 429
    for refused in (model.ainvoke("hello"), consumed(model.astream("hello"))):
        with pytest.raises(Exception, match="slow down"):
            await refused
        assert_nothing_is_left()
    with pytest.raises(Exception, match="slow down"):
        next(model.stream("hello"))
    assert_nothing_is_left()


async def test_a_stream_that_is_left_is_cancelled(model: Any, recorded: Recorded) -> None:
    """Leaving the loop closes the generator, in LangChain's eyes with an error."""
    for _ in model.stream("hello"):
        break
    stream = model.astream("hello")
    async for _ in stream:
        break
    await stream.aclose()
    assert_nothing_is_left()
    spans = recorded.spans()
    assert [(span["status"], span["status_message"]) for span in spans] == [("CANCELLED", "GeneratorExit")] * 2


def test_a_batch_that_fails_leaves_no_span_open(model: Any, wire: Wire, recorded: Recorded) -> None:
    """LangChain tells of the first failure and forgets the rest."""
    wire.status = 429
    with pytest.raises(Exception, match="slow down"):
        model.generate(questions("one", "two", "three"))
    assert_nothing_is_left()
    assert [span["status"] for span in recorded.spans()] == ["ERROR"] * 3


def test_requests_of_a_batch_are_each_below_their_own_run(
    model: Any, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """All runs of a batch begin before the first request."""
    autologged("openai")
    model.generate(questions("one", "two"))
    spans = recorded.spans()
    runs = [span["span_id"] for span in spans if span["name"] == "ChatOpenAI"]
    assert [span["parent_id"] for span in spans if span["name"] == "ChatCompletion"] == runs


def test_a_failed_call_says_what_failed_and_keeps_the_traceback_in_its_event(
    chain: Any, wire: Wire, recorded: Recorded
) -> None:
    """LangChain's own text is the whole traceback."""
    wire.status = 429
    with pytest.raises(Exception, match="slow down") as caught:
        chain.invoke({"word": "hello"})
    said = f"{type(caught.value).__name__}: {caught.value}"
    for name in ("ChatOpenAI", "RunnableSequence"):
        span = recorded.span(name)
        assert (span["status"], span["status_message"]) == ("ERROR", said)
    (event,) = recorded.span("ChatOpenAI")["events"]
    assert "Traceback (most recent call last)" in event["attributes"]["exception.stacktrace"]


async def test_cancelled_tools_and_retrievers_end_cancelled(autologged: Callable[..., Any], recorded: Recorded) -> None:
    """LangChain catches no CancelledError around them."""
    autologged("langchain", "langchain_core")
    tools = importlib.import_module("langchain_core.tools")
    retrievers = importlib.import_module("langchain_core.retrievers")
    begun: list[str] = []

    @tools.tool
    async def weather(city: str) -> str:
        """The weather of a city."""
        begun.append(city)
        await asyncio.sleep(60)
        return "sunny"

    class Shelf(retrievers.BaseRetriever):  # type: ignore[name-defined]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            raise NotImplementedError

        async def _aget_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            begun.append(query)
            await asyncio.sleep(60)
            return []

    await cancelled(weather.ainvoke({"city": "Porto"}), when=lambda: "Porto" in begun)
    await cancelled(Shelf().ainvoke("books"), when=lambda: "books" in begun)
    assert_nothing_is_left()
    spans = {span["name"]: (span["kind"], span["status"]) for span in recorded.spans()}
    assert spans == {"weather": ("TOOL", "CANCELLED"), "Shelf": ("RETRIEVER", "CANCELLED")}


async def test_a_cancelled_graph_is_cancelled_down_to_its_node(
    autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """LangGraph tells of it as of an error."""
    autologged("langgraph", "langchain_core")
    graph = pytest.importorskip("langgraph.graph")
    begun: list[str] = []

    async def node(state: dict[str, Any]) -> dict[str, Any]:
        begun.append("thinker")
        await asyncio.sleep(60)
        return state

    builder = graph.StateGraph(dict)
    builder.add_node("thinker", node)
    builder.add_edge(graph.START, "thinker")
    await cancelled(builder.compile().ainvoke({"question": "why"}), when=lambda: begun)
    assert_nothing_is_left()
    spans = {span["name"]: (span["status"], span["status_message"]) for span in recorded.spans()}
    assert spans["LangGraph"] == spans["thinker"] == ("CANCELLED", "CancelledError")


async def test_events_of_a_model_make_no_span_current_for_their_reader(model: Any, recorded: Recorded) -> None:
    """`stream_events` drives the model from the reader's code."""
    with tracer.start_span("request") as request:
        async for _ in model.astream_events("hello", version="v2"):
            assert tracer.get_current_active_span() is request
    assert recorded.span("ChatOpenAI")["parent_id"] == request.span_id


def path_to(recorded: Recorded, name: str) -> list[str]:
    """The names from the root down to the one span of that name."""
    spans = {span["span_id"]: span for span in recorded.spans()}
    (place,) = [span for span in spans.values() if span["name"] == name]
    path = [name]
    while place["parent_id"] is not None:
        place = spans[place["parent_id"]]
        path.insert(0, place["name"])
    return path


@pytest.fixture
def fake(autologged: Callable[..., Any]) -> Any:
    """A model that asks nobody."""
    autologged("langchain", "langchain_core")
    return importlib.import_module("langchain_core.language_models.fake_chat_models").FakeListChatModel(responses=["x"])


@pytest.mark.parametrize("way", ["invoke", "batch", "stream", "ainvoke", "abatch", "astream"])
def test_a_call_inside_a_span_of_ours_is_below_it(fake: Any, recorded: Recorded, way: str) -> None:
    """LangChain's own book of runs names the step as parent; the span that the step has opened is nearer."""
    runnables = importlib.import_module("langchain_core.runnables")

    @tracer.trace(name="ours")
    def ask(word: str) -> Any:
        with tracer.start_span("deeper"):
            return fake.invoke(word).content

    @tracer.trace(name="ours")
    async def ask_async(word: str) -> Any:
        with tracer.start_span("deeper"):
            return (await fake.ainvoke(word)).content

    chain = runnables.RunnableLambda(lambda word: word) | runnables.RunnableLambda(ask, ask_async, name="step")

    async def drain() -> None:
        async for _ in chain.astream("hello"):
            pass

    if way == "astream":
        asyncio.run(drain())
    elif way.startswith("a"):
        asyncio.run(getattr(chain, way)("hello" if way == "ainvoke" else ["hello"]))
    elif way == "stream":
        list(chain.stream("hello"))
    else:
        getattr(chain, way)("hello" if way == "invoke" else ["hello"])
    assert path_to(recorded, "FakeListChatModel") == ["RunnableSequence", "step", "ours", "deeper", "FakeListChatModel"]
    assert tracer.get_current_active_span() is None


def test_a_node_of_a_graph_has_what_its_span_calls_below_it(fake: Any, recorded: Recorded) -> None:
    """Whether the span is made by us or by the OpenTelemetry API; what comes after it is the node's again."""
    graphs = pytest.importorskip("langgraph.graph")
    runnables = importlib.import_module("langchain_core.runnables")
    otel = TracerProvider().get_tracer("ours")

    def named(name: str) -> Any:
        return runnables.RunnableLambda(lambda word: fake.invoke(word).content).with_config(run_name=name)

    def node(state: dict[str, str]) -> dict[str, str]:
        with tracer.start_span("ours"):
            named("inside").invoke("a")
            with otel.start_as_current_span("theirs"):
                named("deeper").invoke("b")
        return {"word": named("after").invoke("c")}

    graph = graphs.StateGraph(dict)
    graph.add_node("node", node)
    graph.add_edge(graphs.START, "node")
    graph.compile().invoke({"word": ""})
    step = ["LangGraph", "node"]
    assert path_to(recorded, "inside") == [*step, "ours", "inside"]
    assert path_to(recorded, "deeper") == [*step, "ours", "theirs", "deeper"]
    assert path_to(recorded, "after") == [*step, "after"]


def test_a_traced_generator_in_a_chain_has_its_calls_below_it(fake: Any, recorded: Recorded) -> None:
    """And below the span that is open where it yields."""
    runnables = importlib.import_module("langchain_core.runnables")

    @tracer.trace(name="ours")
    def answers(words: Any) -> Iterator[Any]:
        for word in words:
            with tracer.start_span("deeper"):
                yield fake.invoke(word).content

    assert list(runnables.RunnableGenerator(answers, name="step").stream("hello")) == ["x"]
    assert path_to(recorded, "FakeListChatModel") == ["step", "ours", "deeper", "FakeListChatModel"]


def test_what_a_model_thinks_is_its_first_token(model: Any, wire: Wire, recorded: Recorded) -> None:
    """Though LangChain hands none of it on; a stream that breaks off then is an error."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "reasoning_content": "because"}, {"content": "42"}]
    wire.reply = [
        (0.01 * place, "", {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta}]})
        for place, delta in enumerate(deltas)
    ]
    list(model.stream("hello"))
    span = recorded.span("ChatOpenAI")
    assert span["attributes"]["llm.chunk_interval_ms"] > 0, "the last chunk was not the first token"
    assert span["attributes"]["llm.reasoning"] == "because"
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
