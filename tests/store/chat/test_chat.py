"""Chat messages of every provider in one form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.chat.answers_of_providers import ANSWERS
from tests.store.chat.requests_of_providers import REQUESTS
from tracetui.store.chat.chat import chat_of
from tracetui.store.chat.message import Chat, Other
from tracetui.store.chat.tools import tools_of_attributes


def chat(payload: Any, **how: bool) -> Chat:
    """The chat of a payload that has one."""
    found = chat_of(payload, **how)
    assert found is not None
    return found


@pytest.mark.parametrize("form", REQUESTS)
def test_messages_of_a_request_are_read(form: str) -> None:
    """Role, text, thinking, tool calls, results, images and the tools on offer, whoever made the client."""
    payload, messages, tools = REQUESTS[form]
    found = chat(payload)
    assert [(one.role, one.parts) for one in found.messages] == [(one.role, one.parts) for one in messages]
    assert list(found.tools) == tools


@pytest.mark.parametrize("form", ANSWERS)
def test_messages_of_an_answer_are_read(form: str) -> None:
    """An answer is the message of the assistant."""
    payload, messages = ANSWERS[form]
    assert list(chat(payload, is_answer=True).messages) == messages


def test_what_is_no_message_stays_beside_the_chat() -> None:
    """A reader sees the settings of the call as well."""
    found = chat({"model": "m", "temperature": 0.2, "messages": [{"role": "user", "content": "Sky?", "name": "ada"}]})
    assert found.rest == {"model": "m", "temperature": 0.2}
    assert found.messages[0].name == "ada"


def test_parts_of_an_unknown_form_are_kept() -> None:
    """A part of next year's API is shown as it is."""
    part = {"type": "hologram", "voxels": [1, 2]}
    assert chat([{"role": "user", "content": [part]}]).messages[0].parts == (Other(part),)


def test_arguments_of_an_unfinished_stream_stay_text() -> None:
    """What has come so far is shown."""
    call = {"id": "c1", "function": {"name": "weather", "arguments": '{"city": "Po'}}
    assert chat([{"role": "assistant", "tool_calls": [call]}]).messages[0].calls[0].arguments == '{"city": "Po'


@pytest.mark.parametrize(
    "payload",
    [
        {"question": "Sky?"},
        [{"content": "a page", "score": 0.5}],
        {"role": "admin", "name": "ada"},
        ["user", "Sky?"],
        "Sky?",
        None,
        [],
        {"messages": "none"},
        {"content": "a page"},
        {"output": {"role": 3}},
    ],
)
def test_other_payloads_have_no_chat(payload: Any) -> None:
    """Documents and records of an application are shown as what they are."""
    assert chat_of(payload) is None


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.tool.definitions": '[{"type":"function","name":"weather","description":"Sky over a city"}]'},
        {"ai.prompt.tools": ['{"type":"function","name":"weather","description":"Sky over a city"}']},
        {
            "llm.tools.0.tool.json_schema": '{"type":"function","function":{"name":"weather",'
            '"description":"Sky over a city"}}'
        },
        {"llm.request.functions.0.name": "weather", "llm.request.functions.0.description": "Sky over a city"},
    ],
)
def test_offered_tools_are_read_from_attributes(attributes: dict[str, Any]) -> None:
    """Some SDKs write the tools beside the messages."""
    assert [(tool.name, tool.description) for tool in tools_of_attributes(attributes)] == [
        ("weather", "Sky over a city")
    ]


WORDS = st.sampled_from(
    [
        *("role", "content", "parts", "type", "messages", "tool_calls", "function", "name", "arguments", "input"),
        *("output", "choices", "message", "kwargs", "lc", "id", "generations", "candidates", "text", "user", "tool"),
        *("assistant", "tools", "system", "config", "contents", "image", "source", "data", "tool_result", "reasoning"),
        *("kind", "request", "part_kind"),
    ]
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), WORDS, st.text(max_size=5))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=25,
)


@given(VALUES, st.booleans())
def test_any_value_is_read_without_an_error(value: Any, is_answer: bool) -> None:
    """Programs record what they like."""
    found = chat_of(value, is_answer=is_answer)
    assert found is None or all(message.role for message in found.messages)
    tools_of_attributes({"ai.prompt.tools": value})
