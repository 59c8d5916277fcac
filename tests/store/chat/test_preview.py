"""What was asked and answered, as one line each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.store.chat.answers_of_providers import ANSWERS
from tests.store.chat.requests_of_providers import REQUESTS
from tests.store.chat.test_chat import VALUES
from tracetui.store.chat.message import ToolCall
from tracetui.store.chat.preview import call_line, request_line, response_line


@pytest.mark.parametrize("form", [form for form in REQUESTS if form != "OpenAI, chat with an image"])
def test_the_request_line_is_the_last_message_of_the_user(form: str) -> None:
    """Not the result of a tool, which some providers send as the user."""
    line = request_line(REQUESTS[form][0])
    assert line is not None
    assert line.startswith("Sky?")


@pytest.mark.parametrize("form", ANSWERS)
def test_the_response_line_is_the_answer_or_the_tools_it_calls(form: str) -> None:
    """Thinking is no answer."""
    assert response_line(ANSWERS[form][0]) in ("Sunny.", 'weather(city="Porto")')


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        ({"question": "Why is\nthe sky  blue?", "session": "s1"}, "Why is the sky blue?"),
        ({"args": [1], "inputs": {"query": "Why?"}}, "Why?"),
        ({"k": 3, "anything": "Why?"}, "Why?"),
        ("Why?", "Why?"),
        ({"a": "one", "b": "two"}, None),
        ({"k": 3}, None),
        (None, None),
        ([{"role": "system", "content": "Be short."}], "Be short."),
    ],
)
def test_a_request_without_messages_is_read_by_its_names(inputs: Any, line: str | None) -> None:
    """Functions of applications take a question, whatever they call it."""
    assert request_line(inputs) == line


def test_a_line_is_cut_at_its_limit() -> None:
    """A list has room for one line."""
    assert request_line("x" * 300, max_chars=10) == "x" * 9 + "…"


def test_a_call_is_one_line() -> None:
    """Nested arguments are left out, names stay."""
    call = ToolCall("find", {"text": "a\nb", "limit": 2, "where": {"a": 1}, "exact": True})
    assert call_line(call) == 'find(text="a b", limit=2, where={…}, exact=true)'


@given(VALUES)
def test_any_value_has_a_line_or_none(value: Any) -> None:
    """Nothing that a program records breaks the list."""
    for line in (request_line(value, max_chars=20), response_line(value, max_chars=20)):
        assert line is None or 0 < len(line) <= 20
