"""A chat as a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given

from tests.store.chat.requests_of_providers import REQUESTS
from tests.store.chat.test_chat import VALUES
from tests.support.agent_trace import ASKED, CALLS, RESULT, SYSTEM, TOOLS
from tracetui.store.chat.chat import chat_of
from tracetui.store.chat.message import Chat
from tracetui.store.text.safe_text import find_unsafe
from tracetui.tui.document.conversation import chat_lines
from tracetui.tui.document.lines import CLOSED, Line
from tracetui.tui.document.value import payload_lines


def chat(*messages: dict[str, Any], **more: Any) -> Chat:
    """The chat of a request."""
    found = chat_of({"messages": messages, **more})
    assert found is not None
    return found


def texts(lines: Iterable[Line]) -> list[str]:
    """The lines as they are read, without what is folded at first."""
    shown, level = [], None
    for line in lines:
        if level is not None and line.level > level:
            continue
        level = line.level if line.fold == CLOSED else None
        shown.append(" " * line.indent + line.lead + line.text)
    return shown


def test_a_conversation_has_roles_words_calls_and_results() -> None:
    """A tool result that is JSON is read as JSON; the tools on offer are one line."""
    assert texts(chat_lines(chat(SYSTEM, ASKED, CALLS, RESULT, model="m", tools=TOOLS))) == [
        "model: m",
        "2 tools on offer: order_status, search_handbook",
        "▎system",
        "  You are the assistant of a shop. Be short.",
        "▎user",
        "  Where is my order 40017?",
        "▎assistant",
        "  → order_status(number=40017)",
        "▎tool order_status",
        "  place: Hamburg",
        "  eta: Monday",
    ]


def test_thinking_is_folded() -> None:
    """It is longer than the answer, and rarely wanted."""
    request = REQUESTS["Anthropic"][0]
    assert "  thinking, 3 words" in texts(payload_lines(request, is_answer=False))


def test_messages_of_the_previous_call_are_one_line() -> None:
    """What is new stands out."""
    assert texts(chat_lines(chat(SYSTEM, ASKED, CALLS, RESULT), previous=chat(SYSTEM, ASKED, CALLS)))[:3] == [
        "3 messages as before",
        "▎tool order_status",
        "  place: Hamburg",
    ]


def test_messages_that_are_not_sent_again_are_counted() -> None:
    """An agent that forgets the beginning of a conversation is seen to forget."""
    lines = texts(chat_lines(chat(SYSTEM, RESULT), previous=chat(SYSTEM, ASKED, CALLS)))
    assert lines[0] == "1 message as before"
    assert lines[-1] == "2 messages of the previous call not sent again"


def test_a_changed_message_shows_what_changed() -> None:
    """The difference of two consecutive prompts, line by line."""
    before = {"role": "system", "content": "You are the assistant of a shop.\nBe short.\nIt is Monday."}
    after = {"role": "system", "content": "You are the assistant of a shop.\nBe short.\nIt is Tuesday."}
    lines = list(chat_lines(chat(after, ASKED), previous=chat(before, ASKED)))
    assert texts(lines)[:2] == ["▎system  changed since the previous call", "  what changed"]
    assert [line.text for line in lines if line.style in ("error", "ok")] == ["-It is Monday.", "+It is Tuesday."]


def test_parts_of_lines_are_what_one_copies() -> None:
    """The words of a message, the arguments of a call, a leaf of a result."""
    lines = list(chat_lines(chat(ASKED, CALLS, RESULT)))
    part_of = {line.lead + line.text: line.part for line in lines}
    assert part_of["▎user"] == part_of["Where is my order 40017?"] == ASKED["content"]
    assert part_of["→ order_status(number=40017)"] == {"number": 40017}
    assert part_of["eta: Monday"] == "Monday"


@given(VALUES)
def test_any_payload_is_drawn_safely(value: object) -> None:
    """Whatever a program records."""
    for is_answer in (False, True):
        for line in payload_lines(value, is_answer=is_answer, previous=chat(SYSTEM)):
            assert find_unsafe(line.lead + line.text + line.summary) is None
