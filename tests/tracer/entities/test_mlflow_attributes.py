"""Attributes as users of MLflow read them: those that were set, fields of the span, derived values.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from tests.support.known import known
from tests.support.last_trace import last_trace
from tracetui import tracer as mlflow
from tracetui.tracer.tracing.constant import SpanAttributeKey

FUNCTION = {"name": "weather", "description": "Of a city", "parameters": {"type": "object"}}
CALL = {"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user"}


def span_with(attributes: dict[str, Any], span_type: str = "LLM") -> mlflow.entities.Span:
    """A recorded span."""
    return mlflow.entities.Span("ask", "ab" * 16, "cd" * 8, span_type=span_type, attributes=attributes)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "function", "function": FUNCTION},
        {"type": "function", **FUNCTION},
        {"name": "weather", "description": "Of a city", "input_schema": {"type": "object"}},
        {"toolSpec": {"name": "weather", "description": "Of a city", "inputSchema": {"json": {"type": "object"}}}},
    ],
    ids=["chat completions", "responses", "Anthropic", "Bedrock"],
)
def test_tools_of_every_provider_have_one_form(schema: dict[str, Any]) -> None:
    """The form of OpenAI's chat completions, also for tools of the GenAI conventions."""
    expected = [{"type": "function", "function": FUNCTION}]
    span = span_with({**CALL, "llm.tools.0.tool.json_schema": json.dumps(schema)})
    assert span.get_attribute("mlflow.chat.tools") == expected
    assert span_with({"gen_ai.tool.definitions": json.dumps([schema])}).get_attribute("mlflow.chat.tools") == expected


def test_tools_keep_their_order_and_unknown_ones_their_form() -> None:
    """Built-in tools of a provider have neither a name nor a schema."""
    schemas = [{"type": "web_search"}, *({"name": str(number)} for number in range(11))]
    attributes = {f"llm.tools.{place}.tool.json_schema": json.dumps(one) for place, one in enumerate(schemas)}
    first, *functions = span_with({**CALL, **attributes}).get_attribute("mlflow.chat.tools")
    assert first == {"type": "web_search"}
    assert [tool["function"]["name"] for tool in functions] == [str(number) for number in range(11)]


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("openinference.instrumentation.openai", "openai"),
        ("openinference.instrumentation.mistralai", "mistral"),
        ("openinference.instrumentation.google_genai", "gemini"),
        ("opentelemetry.instrumentation.openai_v2", "openai"),
        ("pydantic-ai", "pydantic_ai"),
    ],
)
def test_formats_of_messages_have_mlflows_names(scope: str, name: str) -> None:
    """The format depends on the instrumentor that recorded the call. Other spans have no format."""
    assert span_with({**CALL, "otel.scope.name": scope}).get_attribute("mlflow.message.format") == name
    assert span_with({"otel.scope.name": scope}, "CHAIN").get_attribute("mlflow.message.format") is None


def test_chat_models_differ_from_other_models() -> None:
    """A chat model has messages as input, or is named by the operation; a type that was set stays."""
    assert span_with(CALL).is_of_type("CHAT_MODEL")
    assert span_with({"gen_ai.operation.name": "chat"}).is_of_type("CHAT_MODEL")
    assert not span_with({"llm.prompts.0.prompt.text": "hi"}).is_of_type("CHAT_MODEL")
    assert not span_with(CALL, "AGENT").is_of_type("CHAT_MODEL")
    assert span_with({}, "CHAT_MODEL").is_of_type("CHAT_MODEL")
    assert not span_with({}, "CHAT_MODEL").is_of_type("LLM")


def test_attributes_derive_values_that_were_not_set() -> None:
    """Derived values are not items of the dict; a lookup by MLflow's names returns them."""
    span = span_with({"a": 1, "llm.invocation_parameters": '{"temperature": 0.5}', "llm.model_name": "gpt-x"})
    attributes = span.attributes
    assert dict(attributes) == attributes
    assert len(attributes) == 3
    assert (attributes["a"], attributes["temperature"], attributes["mlflow.llm.model"]) == (1, 0.5, "gpt-x")
    assert "mlflow.spanType" in attributes
    assert "mlflow.chat.tools" not in attributes
    assert (attributes.get("nothing"), attributes.get("nothing", 5)) == (None, 5)
    with pytest.raises(KeyError, match="nothing"):
        attributes["nothing"]
    for again in (copy.deepcopy(span), pickle.loads(pickle.dumps(span))):
        assert vars(again) == vars(span)
        assert again.attributes["mlflow.spanType"] == "LLM"


@pytest.mark.parametrize("key", [key for name, key in vars(SpanAttributeKey).items() if name.isupper()])
def test_a_lookup_of_a_reserved_key_ends(key: str) -> None:
    """Any reserved key of an empty span can be looked up."""
    assert span_with({}).get_attribute(key) in (None, "LLM", f"tr-{'ab' * 16}", 20)


@pytest.mark.usefixtures("recorded")
def test_reserved_attributes_are_read_of_live_and_recorded_spans() -> None:
    """Inputs, outputs, type and the id of the trace are read by MLflow's keys."""
    with mlflow.start_span("a", span_type="TOOL") as live:
        live.set_inputs({"x": 1})
        live.set_outputs("y")
        assert live.get_attribute("nothing") is None
    for span in (live, last_trace().data.root):
        names = ("mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.spanType", "mlflow.traceRequestId")
        assert [span.get_attribute(name) for name in names] == [{"x": 1}, "y", "TOOL", f"tr-{live.trace_id}"]


class Shop:
    """Something with a method."""

    def price(self, item: str) -> int:
        """Nothing of interest."""
        return len(item)


@pytest.mark.usefixtures("recorded")
def test_the_name_of_a_function_is_an_attribute_only_if_it_was_recorded() -> None:
    """The name of a span does not count as the name of a function, also if its inputs look like arguments."""

    def by_hand(inputs: dict[str, Any]) -> None:
        with mlflow.start_span("price") as span:
            span.set_inputs(inputs)
            assert span.get_attribute(SpanAttributeKey.FUNCTION_NAME) is None

    by_hand({"item": "tea"})
    assert last_trace().data.root.get_attribute(SpanAttributeKey.FUNCTION_NAME) is None
    for traced in (
        mlflow.trace(Shop().price),
        mlflow.trace(Shop().price, name="cost"),
        mlflow.trace(len),
    ):
        traced("tea")
        assert SpanAttributeKey.FUNCTION_NAME not in last_trace().data.root.attributes
    mlflow.trace(Shop().price, name="cost", attributes={SpanAttributeKey.FUNCTION_NAME: "price"})("tea")
    assert last_trace().data.root.get_attribute(SpanAttributeKey.FUNCTION_NAME) == "price"
    again = mlflow.entities.Trace.from_json(last_trace().to_json())
    assert known(again.data.root).get_attribute(SpanAttributeKey.FUNCTION_NAME) == "price"
