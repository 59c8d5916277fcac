"""Any recorded value as readable lines: a chat as a conversation, other values as keys that fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...store.chat.chat import chat_of
from ...store.text.safe_text import safe_line
from .conversation import chat_lines, message_lines
from .json_lines import JsonLines
from .lines import Line

if TYPE_CHECKING:
    from ...store.chat.message import Chat, Tool

_JSON = JsonLines(lambda message, indent: message_lines(message, indent=indent))


def value_lines(value: Any, *, indent: int = 0, number: int = -1) -> Iterator[Line]:
    """Yields the lines of `value` lazily, so that the first lines of a value of any size show at once."""
    return _numbered(_JSON.value(value, indent), number)


def keyed_lines(key: str, value: Any, *, indent: int = 0, number: int = -1) -> Iterator[Line]:
    """Yields the lines of `value` after its name."""
    return _numbered(_JSON.entry(safe_line(key) + ": ", "key", value, indent), number)


def payload_lines(
    value: Any, *, is_answer: bool, tools: Sequence[Tool] = (), previous: Chat | None = None, number: int = -1
) -> Iterator[Line]:
    """Yields the lines of inputs or outputs; see `chat_lines` for `tools` and `previous`."""
    chat = chat_of(value, is_answer=is_answer)
    return _numbered(_JSON.value(value, path=()) if chat is None else chat_lines(chat, tools, previous), number)


def _numbered(lines: Iterator[Line], number: int) -> Iterator[Line]:
    return (line._replace(value=number) for line in lines) if number >= 0 else lines
