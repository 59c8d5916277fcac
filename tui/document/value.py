"""Any recorded value as readable lines: chat messages as a conversation, other values as indented keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line, safe_lines
from .lines import Line, split_text

_ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}

_STEP = 2
"""Cells of indentation per level."""

_DEEPEST = 40
"""Levels that are indented. Deeper values are shown as JSON: indentation would take up the width."""


def value_lines(value: Any, *, indent: int = 0, number: int = -1) -> Iterator[Line]:
    """Yields the lines of `value` lazily, so that the first lines of a value of any size show at once."""
    for line in _lines(value, indent):
        yield line._replace(value=number) if number >= 0 else line


def keyed_lines(key: str, value: Any, *, indent: int = 0, number: int = -1) -> Iterator[Line]:
    """Yields the lines of `value` after its name."""
    for line in _entry(safe_line(key) + ": ", "key", value, indent):
        yield line._replace(value=number) if number >= 0 else line


def _lines(value: Any, indent: int) -> Iterator[Line]:
    if indent >= _DEEPEST * _STEP and isinstance(value, Mapping | list | tuple):
        for text in split_text(describe_uris(_as_json(value))):
            yield Line(text, "dim", indent)
    elif isinstance(value, str) and value:
        for text in split_text(describe_uris(value)):
            yield Line(safe_lines(text)[0], "plain", indent)
    elif isinstance(value, Mapping) and value:
        if _is_message(value) and "content" in value:
            yield from _message(value, indent)
        else:
            yield from _mapping(value, indent)
    elif isinstance(value, list | tuple) and value:
        yield from _sequence(value, indent)
    else:
        text, style = _scalar(value)
        yield Line(text, style, indent)


def _mapping(value: Mapping[Any, Any], indent: int, skipped: tuple[str, ...] = ()) -> Iterator[Line]:
    for key, item in value.items():
        if key not in skipped:
            yield from _entry(safe_line(str(key)) + ": ", "key", item, indent)


def _sequence(value: list[Any] | tuple[Any, ...], indent: int) -> Iterator[Line]:
    if _is_conversation(value):
        for message in value:
            yield from _message(message, indent)
        return
    for item in value:
        if isinstance(item, Mapping) and item:
            # The first key stands on the line of its dash.
            lines = _mapping(item, indent + _STEP)
            first = next(lines)
            yield first._replace(indent=indent, lead="- " + first.lead)
            yield from lines
        else:
            yield from _entry("- ", "dim", item, indent)


def _entry(lead: str, lead_style: str, value: Any, indent: int) -> Iterator[Line]:
    if (isinstance(value, Mapping | list | tuple) and value) or (isinstance(value, str) and "\n" in value):
        yield Line("", "plain", indent, lead.rstrip(" "), lead_style)
        yield from _lines(value, indent + _STEP)
        return
    text, style = _scalar(value)
    pieces = split_text(text) if len(text) > 1024 else iter((text,))
    yield Line(next(pieces), style, indent, lead, lead_style)
    for piece in pieces:
        yield Line(piece, style, indent + _STEP)


def _scalar(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return (safe_line(describe_uris(value)), "string") if value else ('""', "literal")
    if value is None or isinstance(value, bool):
        return json.dumps(value), "literal"
    if isinstance(value, int | float):
        return _number(value), "number"
    return ("{}" if isinstance(value, Mapping) else "[]"), "dim"


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of thousands of digits
        return hex(int(value))


def _is_conversation(value: list[Any] | tuple[Any, ...]) -> bool:
    return all(_is_message(item) for item in value)


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("role"), str)


def _message(message: Mapping[str, Any], indent: int) -> Iterator[Line]:
    role = message["role"]
    style = _ROLES.get(role.lower(), "other")
    yield Line("", "plain", indent, "▎" + safe_line(role), style)
    inner = indent + _STEP
    content = message.get("content")
    if content is not None and content != "":
        yield from _content(content, inner)
    yield from _mapping(message, inner, ("role", "content"))


def _content(content: Any, indent: int) -> Iterator[Line]:
    if not isinstance(content, list):
        yield from _lines(content, indent)
        return
    for part in content:
        # The usual text part of a message reads as text; images, tool calls and the rest keep their keys.
        if isinstance(part, Mapping) and part.get("type") in ("text", "input_text", "output_text"):
            yield from _lines(part.get("text", ""), indent)
        else:
            yield from _lines(part, indent)


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=True)
    except RecursionError:
        return "… nested too deep to show"
