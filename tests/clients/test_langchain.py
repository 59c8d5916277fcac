"""LangChain, recorded by `autolog`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content
from tests.clients.wire import Wire
from tests.conftest import Recorded
from tracetui import tracer


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
