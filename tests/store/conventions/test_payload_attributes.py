"""Inputs and outputs that other SDKs write as attributes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.store.conventions.payload_attributes import find_payload_attributes, payload_json


def payload(attributes: dict[str, Any]) -> tuple[Any, Any]:
    """What is stored as inputs and outputs of a span with these attributes."""
    carried = find_payload_attributes(list(attributes))
    if carried is None:
        return None, None
    return tuple(read and json.loads(payload_json(read(attributes))) for read in (carried.inputs, carried.outputs))  # type: ignore[return-value]


DIALECTS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "OpenInference, JSON": (
        {
            "input.value": '{"messages":[{"role":"user","content":"hi"}]}',
            "input.mime_type": "application/json",
            "output.value": "plain text",
            "llm.input_messages.0.message.content": "not looked at",
        },
        {"messages": [{"role": "user", "content": "hi"}]},
        "plain text",
    ),
    "OpenInference, flattened": (
        {
            "llm.input_messages.1.message.role": "assistant",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "weather",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.type": "text",
            "llm.input_messages.0.message.contents.0.message_content.text": "hi",
            "llm.output_messages.0.message.content": "hello",
        },
        [
            {"role": "user", "contents": [{"type": "text", "text": "hi"}]},
            {"role": "assistant", "tool_calls": [{"function": {"name": "weather"}}]},
        ],
        [{"content": "hello"}],
    ),
    "OpenInference, retrieval": (
        {"retrieval.documents.0.document.content": "a page", "retrieval.documents.0.document.score": 0.5},
        None,
        [{"content": "a page", "score": 0.5}],
    ),
    "LlamaIndex, which writes objects down": (
        {
            "input.value": '{"messages": ["ChatMessage(role=<MessageRole.USER: \'user\'>, blocks=[TextBlock()])"]}',
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.contents.0.message_content.text": "hi",
            "output.value": "assistant: hello",
        },
        [{"role": "user", "contents": [{"text": "hi"}]}],
        "assistant: hello",
    ),
    "Pydantic AI, an agent": (
        {"pydantic_ai.all_messages": '[{"role":"user","parts":[]}]', "final_result": "sunny"},
        [{"role": "user", "parts": []}],
        "sunny",
    ),
    "OpenTelemetry GenAI": (
        {
            "gen_ai.input.messages": '[{"role":"user","parts":[]}]',
            "gen_ai.system_instructions": '[{"type":"text"}]',
            "gen_ai.output.messages": '[{"role":"assistant"}]',
        },
        {"system_instructions": [{"type": "text"}], "messages": [{"role": "user", "parts": []}]},
        [{"role": "assistant"}],
    ),
    "OpenTelemetry GenAI, tool": (
        {"gen_ai.tool.call.arguments": '{"city":"Porto"}', "gen_ai.tool.call.result": "sunny"},
        {"city": "Porto"},
        "sunny",
    ),
    "Traceloop": (
        {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "gen_ai.completion.0.content": "hello"},
        [{"role": "user", "content": "hi"}],
        [{"content": "hello"}],
    ),
    "MLflow": ({"mlflow.spanInputs": '{"x": 1}', "mlflow.spanOutputs": '"one"'}, {"x": 1}, "one"),
    "Google ADK, model": (
        {
            "gcp.vertex.agent.llm_request": '{"model":"gemini-2.5-flash","contents":[{"role":"user"}]}',
            "gcp.vertex.agent.llm_response": '{"content":{"role":"model"}}',
        },
        {"model": "gemini-2.5-flash", "contents": [{"role": "user"}]},
        {"content": {"role": "model"}},
    ),
    "Google ADK, tool": (
        {
            "gcp.vertex.agent.llm_request": "{}",
            "gcp.vertex.agent.llm_response": "{}",
            "gcp.vertex.agent.tool_call_args": '{"city":"Porto"}',
            "gcp.vertex.agent.tool_response": '{"sky":"clear"}',
        },
        {"city": "Porto"},
        {"sky": "clear"},
    ),
    "Laminar": (
        {"lmnr.span.input": '{"question":"why?"}', "lmnr.span.output": '"so that"'},
        {"question": "why?"},
        "so that",
    ),
    "Vercel, a step with tools": (
        {
            "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"sky?"}]}]',
            "ai.prompt.tools": ['{"type":"function","name":"look_up"}'],
            "ai.response.text": "5",
            "ai.response.toolCalls": '[{"toolCallId":"1","toolName":"look_up","input":"{}"}]',
        },
        {
            "messages": [{"role": "user", "content": [{"type": "text", "text": "sky?"}]}],
            "tools": [{"type": "function", "name": "look_up"}],
        },
        {"text": "5", "toolCalls": [{"toolCallId": "1", "toolName": "look_up", "input": "{}"}]},
    ),
    "Vercel, an answer that is a tool call": (
        {"ai.prompt": '{"prompt":"sky?"}', "ai.response.toolCalls": '[{"toolName":"look_up"}]'},
        {"prompt": "sky?"},
        [{"toolName": "look_up"}],
    ),
    "Vercel, embeddings": (
        {"ai.values": ['"sunny"', '"rain"'], "ai.embeddings": ["[0.5,1]", "[0]"]},
        ["sunny", "rain"],
        [[0.5, 1], [0]],
    ),
    "Langfuse": ({"langfuse.observation.input": "[1]", "langfuse.observation.output": "{"}, [1], "{"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_payloads_are_read_from_the_attributes_of_a_dialect(dialect: str) -> None:
    """Each SDK's own form becomes inputs and outputs that can be read."""
    attributes, inputs, outputs = DIALECTS[dialect]
    assert payload(attributes) == (inputs, outputs)


def test_attributes_of_other_names_carry_nothing() -> None:
    """Nor do flattened names without a number."""
    assert find_payload_attributes(["http.method", "llm.input_messages.first", "gen_ai.prompt.name"]) is None


@given(st.dictionaries(st.text("0123456789.am", max_size=12).map("gen_ai.prompt.".__add__), st.integers(), max_size=8))
def test_any_flattened_names_are_taken(attributes: dict[str, int]) -> None:
    """Names come from outside: odd ones must not stop the writer."""
    inputs, _ = payload(attributes)
    assert inputs is None or isinstance(inputs, list | dict)


@given(st.text())
def test_any_text_becomes_json(text: str) -> None:
    """The JSON in a string if there is some, else the string."""
    stored = json.loads(payload_json(text))
    assert stored == text or stored == json.loads(text)


def test_carried_payloads_reach_the_file_and_the_list_of_traces(recorded: Recorded) -> None:
    """The attributes are unchanged, and payloads that the program has set have priority."""
    with tracer.start_span("call", attributes={"input.value": '{"q": 1}', "output.value": "two"}) as span:
        span.set_outputs("set by hand")
    row = recorded.span("call")
    assert (row["inputs"], row["outputs"]) == ({"q": 1}, "set by hand")
    assert row["attributes"]["output.value"] == "two"
    assert recorded.traces()[0]["request_preview"] == '{"q": 1}'


@pytest.mark.parametrize("step", ["9" * 5_000, "-1", "\u0663", ".".join("a" * 2_000)])
def test_names_that_no_sdk_makes_are_left_flat(step: str) -> None:
    """An attribute's name is untrusted: it may be long, deep, or a number of five thousand digits."""
    for name in (f"llm.input_messages.{step}", f"llm.input_messages.0.{step}.content"):
        attributes = {name: "x"}
        if (carried := find_payload_attributes(list(attributes))) is not None and carried.inputs is not None:
            assert "x" in payload_json(carried.inputs(attributes)).decode()
