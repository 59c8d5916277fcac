"""A JSON value as lines: keys that fold. Messages inside it are drawn by whoever knows conversations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ...store.chat.message import Message
from ...store.chat.messages import message_of, messages_of
from ...store.text.attachment_uri import describe_uris
from ...store.text.safe_text import safe_line, safe_lines
from .lines import OPEN, Line, split_text

Path: TypeAlias = tuple[str | int, ...]
"""Keys of objects and places in lists, from a value to a part of it."""

STEP = 2
"""Cells of indentation per level."""

_DEEPEST = 40
"""Levels that are indented. Deeper values are shown as JSON: indentation would take up the width."""


def text_lines(text: str, *, indent: int = 0, style: str = "plain") -> Iterator[Line]:
    """Yields the lines of a text; the part of each is the whole text."""
    for piece in split_text(describe_uris(text)):
        yield Line(safe_lines(piece)[0], style, indent, part=text)


class JsonLines:
    """Yields lines lazily, so that the first lines of a value of any size show at once."""

    def __init__(self, message_lines: Callable[[Message, int], Iterator[Line]]) -> None:
        """`message_lines` yields the lines of a message at an indentation."""
        self._message_lines = message_lines

    def value(self, value: Any, indent: int = 0, path: Path | None = None) -> Iterator[Line]:
        """Yields the lines of a value, which is at `path` of the whole one; None where that is not known."""
        if indent >= _DEEPEST * STEP and isinstance(value, Mapping | list | tuple):
            for text in split_text(describe_uris(_as_json(value))):
                yield Line(text, "dim", indent, part=value, path=path)
        elif isinstance(value, str) and value:
            yield from (line._replace(path=path) for line in text_lines(value, indent=indent))
        elif isinstance(value, Mapping) and value:
            message = message_of(value)
            yield from self.mapping(value, indent, path) if message is None else self._message_lines(message, indent)
        elif isinstance(value, list | tuple) and value:
            yield from self._sequence(value, indent, path)
        else:
            text, style = _scalar(value)
            yield Line(text, style, indent, part=value, path=path)

    def mapping(self, value: Mapping[Any, Any], indent: int = 0, path: Path | None = None) -> Iterator[Line]:
        """Yields the entries of an object."""
        for key, item in value.items():
            yield from self.entry(safe_line(str(key)) + ": ", "key", item, indent, _behind(path, str(key)))

    def entry(
        self, lead: str, lead_style: str, value: Any, indent: int = 0, path: Path | None = None
    ) -> Iterator[Line]:
        """Yields the lines of a value after its name."""
        if (isinstance(value, Mapping | list | tuple) and value) or (isinstance(value, str) and "\n" in value):
            head = Line(
                "", "plain", indent, lead.rstrip(" "), lead_style, fold=OPEN, summary=counted(value), part=value
            )
            yield head._replace(path=path)
            yield from self.value(value, indent + STEP, path)
            return
        text, style = _scalar(value)
        pieces = split_text(text) if len(text) > 1024 else iter((text,))
        yield Line(next(pieces), style, indent, lead, lead_style, part=value, path=path)
        for piece in pieces:
            yield Line(piece, style, indent + STEP, part=value, path=path)

    def _sequence(self, value: list[Any] | tuple[Any, ...], indent: int, path: Path | None) -> Iterator[Line]:
        if (messages := messages_of(value)) is not None:
            for message in messages:
                yield from self._message_lines(message, indent)
            return
        for place, item in enumerate(value):
            here = _behind(path, place)
            if isinstance(item, Mapping) and item:
                # The first key stands on the line of its dash.
                lines = self.mapping(item, indent + STEP, here)
                first = next(lines)
                fold = OPEN if len(item) > 1 or first.fold else 0
                lead = "- " + first.lead
                yield first._replace(indent=indent, lead=lead, fold=fold, summary=counted(item), part=item)
                yield from lines
            else:
                yield from self.entry("- ", "dim", item, indent, here)


def _behind(path: Path | None, step: str | int) -> Path | None:
    return None if path is None else (*path, step)


def counted(value: Any) -> str:
    """Returns what a folded value says of itself: `{3 keys}`, `[12 items]`, `40 lines`."""
    if isinstance(value, str):
        return f"{value.count(chr(10)) + 1:,} lines"
    if isinstance(value, Mapping):
        return f"{{{len(value):,} key{'' if len(value) == 1 else 's'}}}"
    return f"[{len(value):,} item{'' if len(value) == 1 else 's'}]"


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


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=True)
    except RecursionError:
        return "… nested too deep to show"
