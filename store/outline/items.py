"""The parts of the text of a trace, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..chat.message import Message, Tool
from ..model.rows import SpanRow


@dataclass(frozen=True, slots=True)
class Begin:
    """A span starts: its heading."""

    span: SpanRow
    status: str
    depth: int


@dataclass(frozen=True, slots=True)
class Return:
    """A span with spans below it returns: what follows is its own again."""

    span: SpanRow
    depth: int


@dataclass(frozen=True, slots=True)
class Offered:
    """The tools that a model may call."""

    tools: Sequence[Tool]
    as_before: bool
    """Whether an earlier call in the text offers the same."""


@dataclass(frozen=True, slots=True)
class AsBefore:
    """Messages that the text has already."""

    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Said:
    """A message."""

    message: Message
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is no message."""

    title: str
    value: Any


@dataclass(frozen=True, slots=True)
class SameAs:
    """A value that the text has already."""

    title: str
    of: str
    """Where it is: `outputs of generate`."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The error that ended a span."""

    kind: str
    message: str
    stack: str = ""


Item = Begin | Return | Offered | AsBefore | Said | Value | SameAs | Failed
