"""What was asked and what was answered, as one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .chat import chat_of
from .message import ASSISTANT, USER, Chat, Media, Message, Text, Thinking, ToolCall, ToolResult
from .messages import has_words

PREVIEW_CHARS = 240
"""The most characters of a line."""

Shape: TypeAlias = Callable[[str, int], str]
"""How a text is cut to a number of characters: `one_line` or `whole_text`."""

_QUESTIONS = (
    *("question", "query", "user_input", "user_message", "user_query", "prompt", "message", "input", "inputs", "text"),
    *("request", "task", "goal", "content", "topic", "instruction", "instructions", "q"),
)
_ANSWERS = (
    *("answer", "output_text", "response", "output", "outputs", "final_result", "final_output", "result", "text"),
    *("content", "completion", "generated_text", "reply", "message", "summary", "return_value"),
)


def request_line(inputs: Any, *, max_chars: int = PREVIEW_CHARS, shape: Shape | None = None) -> str | None:
    """Return the last message of the user in decoded inputs, as one line; None where no words are found.

    Inputs without messages are a text, or an object with a text under a usual name such as `question`. `whole_text` as
    `shape` keeps line breaks.
    """
    chat = chat_of(inputs)
    if chat is None:
        return _plain_line(inputs, _QUESTIONS, max_chars, shape or one_line)
    asked = next((one for one in reversed(chat.messages) if one.role == USER and has_words(one)), None)
    asked = asked or next((one for one in reversed(chat.messages) if has_words(one)), None)
    return None if asked is None else message_line(asked, max_chars=max_chars, shape=shape)


def response_line(outputs: Any, *, max_chars: int = PREVIEW_CHARS, shape: Shape | None = None) -> str | None:
    """Return the answer in decoded outputs, as one line: its words, or else the tools that it calls."""
    chat = chat_of(outputs, is_answer=True)
    if chat is None:
        return _plain_line(outputs, _ANSWERS, max_chars, shape or one_line)
    answer = answer_of(chat)
    return None if answer is None else message_line(answer, max_chars=max_chars, shape=shape)


def answer_of(chat: Chat) -> Message | None:
    """Return the last message of the assistant with words, else with tool calls, else the last message of all."""
    said = [one for one in chat.messages if one.role == ASSISTANT]
    for wanted in (has_words, lambda one: bool(one.calls)):
        if (found := next((one for one in reversed(said) if wanted(one)), None)) is not None:
            return found
    return chat.messages[-1] if chat.messages else None


def call_line(call: ToolCall, *, max_chars: int = PREVIEW_CHARS) -> str:
    """Return a tool call as one line: `search(query="refunds", limit=2)`."""
    arguments = call.arguments
    if isinstance(arguments, Mapping):
        inner = ", ".join(f"{key}={_short(value, max_chars)}" for key, value in arguments.items())
    else:
        inner = "" if arguments in (None, "") else _short(arguments, max_chars)
    return one_line(f"{call.name}({inner})", max_chars)


def _short(value: Any, max_chars: int) -> str:
    if isinstance(value, str):
        return f'"{value[:max_chars]}"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{…}" if value else "{}"
    if isinstance(value, list | tuple):
        return "[…]" if value else "[]"
    return str(value)


def message_line(message: Message, *, max_chars: int = PREVIEW_CHARS, shape: Shape | None = None) -> str | None:
    """Return a message as one line: its words, or else its calls, its results, or what was thought."""
    words = [part.text[: 4 * max_chars] for part in message.parts if isinstance(part, Text)]
    if not any(words):
        words = [call_line(part, max_chars=max_chars) for part in message.parts if isinstance(part, ToolCall)]
    if not words:
        words = [part.content[: 4 * max_chars] for part in message.parts
                 if isinstance(part, ToolResult) and isinstance(part.content, str)]  # fmt: skip
    if not words:
        words = [part.text[: 4 * max_chars] for part in message.parts if isinstance(part, Thinking)]
    words += [f"[{part.content_type or part.kind}]" for part in message.parts if isinstance(part, Media)]
    return (shape or one_line)(" ".join(words), max_chars) or None


def _plain_line(value: Any, names: tuple[str, ...], max_chars: int, shape: Shape, levels: int = 2) -> str | None:
    if isinstance(value, str):
        return shape(value[: 4 * max_chars], max_chars) or None
    if not isinstance(value, Mapping) or not levels:
        return None
    for name in names:
        if (found := value.get(name)) and (line := _plain_line(found, names, max_chars, shape, levels - 1)) is not None:
            return line
    texts = [one for one in value.values() if isinstance(one, str) and one.strip()]
    return shape(texts[0][: 4 * max_chars], max_chars) if len(texts) == 1 else None


def one_line(text: str, max_chars: int) -> str:
    """Return a text as one line, cut with an ellipsis."""
    line = " ".join(text[: 8 * max_chars].split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"


def whole_text(text: str, max_chars: int) -> str:
    """Return a text with its line breaks, cut with an ellipsis."""
    text = text.strip()
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
