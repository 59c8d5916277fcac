"""What can be copied of the span that is open: each with the key that chooses it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import NamedTuple

from ...store.chat.chat import chat_of
from ...store.chat.message import Chat, Message
from ...store.chat.preview import answer_of
from ...store.model.rows import SpanDetail
from ...store.outline.markdown import message_markdown
from ...store.text import json_text

BUDGET_TOKENS = 20_000
"""The most tokens of a subtree or a trace that is copied: what a chat takes in one message."""


class Choice(NamedTuple):
    """One thing to copy."""

    key: str
    title: str
    text: Callable[[], str | None]
    """Makes the text; None if there is no such thing."""


def answer_text(detail: SpanDetail | None) -> str | None:
    """Return the words of the answer of a span, or else its outputs."""
    if detail is None or detail.outputs is None:
        return None
    value = json_text.decode_or_text(detail.outputs)
    chat = chat_of(value, is_answer=True)
    message = answer_of(chat) if chat is not None else None
    if message is not None:
        return message.text or message_markdown(message)
    return value if isinstance(value, str) else None


def prompt_text(detail: SpanDetail | None) -> str | None:
    """Return all messages that were sent as Markdown; a single one, or an input that is a text, as it is."""
    if detail is None or detail.inputs is None:
        return None
    value = json_text.decode_or_text(detail.inputs)
    chat: Chat | None = chat_of(value)
    if chat is not None:
        return _messages(list(chat.messages))
    if isinstance(value, dict):
        texts = [one for one in value.values() if isinstance(one, str)]
        return texts[0] if len(texts) == 1 else None
    return value if isinstance(value, str) else None


def _messages(messages: list[Message]) -> str | None:
    if len(messages) == 1 and messages[0].text:
        return messages[0].text
    return "\n".join(map(message_markdown, messages)) or None


def show_command(path: str, trace_id: str) -> str:
    """Return the command that shows a trace in a shell."""
    return f"tracetui show {trace_id} --db {shlex.quote(path)}"
