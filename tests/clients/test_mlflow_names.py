"""Calls that `autolog` records, read as MLflow's users read them: types, tools, formats, parameters."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.last_trace import last_trace
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.entities import Span, SpanType, Trace

QUESTION = [{"role": "user", "content": "hi"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Of a city", "parameters": CITY}}


def first_chat_model() -> Span:
    """The first span of the last trace that MLflow would call a chat model."""
    span, *_ = last_trace().search_spans(span_type=SpanType.CHAT_MODEL)
    assert isinstance(span, Span)
    (found,) = tracer.search_traces(filter_string="span.type = 'CHAT_MODEL'", return_type="list")
    assert found.trace_id == span.trace_id
    return span


def test_a_chat_completion_is_a_chat_model_with_tools(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Its parameters are attributes; it still answers to LLM, and its JSON has MLflow's names."""
    with autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        client.chat.completions.create(model="gpt-x", messages=QUESTION, tools=[TOOL], temperature=0.5)
    span = first_chat_model()
    assert [one.span_id for one in last_trace().search_spans(span_type=SpanType.LLM)] == [span.span_id]
    assert span.get_attribute("mlflow.chat.tools") == span.attributes["mlflow.chat.tools"] == [TOOL]
    assert span.get_attribute("mlflow.message.format") == "openai"
    assert (span.get_attribute("model"), span.attributes.get("temperature")) == ("gpt-x", 0.5)
    assert span.attributes["mlflow.chat.tokenUsage"]["input_tokens"] == 11
    attributes = json.loads(last_trace().to_json())["data"]["spans"][0]["attributes"]
    assert json.loads(attributes["mlflow.chat.tools"]) == [TOOL]
    assert json.loads(attributes["mlflow.message.format"]) == "openai"
    again = Trace.from_json(last_trace().to_json()).data.spans[0]
    assert again.get_attribute("mlflow.chat.tools") == [TOOL]
    assert again.token_usage == span.token_usage


def test_a_response_is_a_chat_model_and_an_embedding_is_none(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Tools of the Responses API are told in the form of chat completions."""
    flat = {"type": "function", **TOOL["function"]}  # type: ignore[dict-item]
    with autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        client.responses.create(model="gpt-x", input="hi", tools=[flat])
        assert first_chat_model().get_attribute("mlflow.chat.tools") == [TOOL]
        client.embeddings.create(model="embed-x", input="hi")
    trace = last_trace()
    assert trace.search_spans(span_type=SpanType.CHAT_MODEL) == []
    (span,) = trace.search_spans(span_type=SpanType.EMBEDDING)
    assert (span.get_attribute("model"), span.get_attribute("mlflow.message.format")) == ("embed-x", None)


def test_a_message_of_anthropic_is_a_chat_model(wire: Wire, autologged: Callable[..., Any], recorded: Recorded) -> None:
    """Its tools are told in the form of chat completions too."""
    tool = {"name": "weather", "description": "Of a city", "input_schema": CITY}
    with autologged("anthropic").Anthropic(base_url=wire.url, api_key="none", max_retries=0) as client:
        client.messages.create(model="claude-x", max_tokens=64, messages=QUESTION, tools=[tool])
    span = first_chat_model()
    assert span.get_attribute("mlflow.chat.tools") == [TOOL]
    assert span.get_attribute("mlflow.message.format") == "anthropic"
    assert (span.get_attribute("model"), span.get_attribute("max_tokens")) == ("claude-x", 64)


def test_a_model_of_langchain_is_a_chat_model_and_its_chain_is_none(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """The format of the messages is LangChain's, whichever client is below."""
    autologged("langchain", "langchain_core")
    openai = pytest.importorskip("langchain_openai")
    prompts = importlib.import_module("langchain_core.prompts")
    model = openai.ChatOpenAI(model="gpt-x", base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    with model.root_client:
        (prompts.ChatPromptTemplate.from_template("Say {word}") | model).invoke({"word": "hello"})
    span = first_chat_model()
    assert (span.name, span.get_attribute("mlflow.message.format")) == ("ChatOpenAI", "langchain")
    assert span.model_name is not None
    chain = last_trace().data.root
    assert chain.get_attribute("mlflow.message.format") is chain.get_attribute("mlflow.chat.tools") is None
