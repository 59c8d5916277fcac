"""What was said before: an agent sends its whole history again with each call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .message import Media, Message, Other, Part, Text, Thinking, ToolCall, ToolResult


class Run(NamedTuple):
    """Messages that follow each other, all new or all said before."""

    is_repeated: bool
    messages: Sequence[Message]


class History:
    """The messages that were said so far. What counts is what a model reads: the role and the parts."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._said = set(map(_key, messages))

    def add(self, messages: Iterable[Message]) -> None:
        """Remember that these messages were said."""
        self._said.update(map(_key, messages))

    def __contains__(self, message: Message) -> bool:
        """Whether the message was said before."""
        return _key(message) in self._said

    def runs(self, messages: Iterable[Message]) -> Iterator[Run]:
        """Yield the messages in order, as runs of new and of repeated ones."""
        run: list[Message] = []
        was_repeated = False
        for message in messages:
            is_repeated = message in self
            if run and is_repeated != was_repeated:
                yield Run(was_repeated, run)
                run = []
            was_repeated = is_repeated
            run.append(message)
        if run:
            yield Run(was_repeated, run)


def _key(message: Message) -> int:
    """Return a number of 64 bits that equal messages share: the texts themselves are not kept."""
    return hash((message.role, *map(_part_key, message.parts)))


def _part_key(part: Part) -> tuple[object, ...]:
    match part:
        case Text(text) | Thinking(text):
            return (type(part), text)
        case ToolCall(name, arguments):
            return (ToolCall, name, _value_key(arguments))
        case ToolResult(content):
            return (ToolResult, _value_key(content), *map(_part_key, part.media))
        case Media():
            return (Media, part.content_type, part.source)
        case Other(value):
            return (Other, _value_key(value))


def _value_key(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=repr)
