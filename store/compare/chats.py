"""The conversation of a model call as texts to compare: prompt and answer, message by message."""

from __future__ import annotations

import json
from typing import Any

from ..chat.chat import chat_of
from ..chat.message import ASSISTANT, USER, Media, Message, Other, Part, Text, Thinking, ToolCall, ToolResult
from ..model.rows import SpanDetail
from ..text import json_text
from .messages import MessageText


def conversation(detail: SpanDetail) -> list[MessageText]:
    """Return the messages of the inputs and the outputs of a span; a plain text is one message."""
    return [*_messages(detail.inputs, is_answer=False), *_messages(detail.outputs, is_answer=True)]


def _messages(stored: str | None, *, is_answer: bool) -> list[MessageText]:
    if stored is None:
        return []
    payload = json_text.decode_or_text(stored)
    chat = chat_of(payload, is_answer=is_answer)
    if chat is not None:
        return [MessageText(message.role, _text(message)) for message in chat.messages]
    return [MessageText(ASSISTANT if is_answer else USER, payload)] if isinstance(payload, str) else []


def _text(message: Message) -> str:
    return "\n".join(filter(None, map(_part, message.parts)))


def _part(part: Part) -> str:
    match part:
        case Text() | Thinking():
            return part.text
        case ToolCall():
            return f"{part.name}({_json(part.arguments)})"
        case ToolResult():
            return part.content if isinstance(part.content, str) else _json(part.content)
        case Media():
            return f"[{part.kind}: {part.source or part.content_type or ''}]"
        case Other():
            return _json(part.value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)
