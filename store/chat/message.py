"""One form for the messages of every provider: a role and parts.

A part that no reader knows is an `Other`: nothing that was recorded is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

USER = "user"
ASSISTANT = "assistant"
SYSTEM = "system"
TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Text:
    """Words that a person or a model said."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought before its answer; empty where the provider keeps it secret."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that a model asks for."""

    name: str
    arguments: Any
    """The decoded arguments, or the text of arguments that are no JSON, such as those of an unfinished stream."""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool returned to the model."""

    content: Any
    """A text, or any other value."""
    name: str | None = None
    id: str | None = None
    """The id of the call."""
    is_error: bool = False
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a recording, a video or a document."""

    kind: str
    """image, audio, video or document."""
    content_type: str | None
    size_bytes: int | None
    """None where only an address is known."""
    source: str | None
    """The URI of an attachment, a data URI, the base64 text, or an address."""


@dataclass(frozen=True, slots=True)
class Other:
    """A part of a form that is not known."""

    value: Any


Part = Text | Thinking | ToolCall | ToolResult | Media | Other


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    role: str
    """user, assistant, system or tool; any other word as it was recorded."""
    parts: tuple[Part, ...]
    name: str | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the recorded message that `parts` do not have, such as a finish reason."""

    @property
    def text(self) -> str:
        """The words of the message, without thinking, tool calls and results."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def calls(self) -> list[ToolCall]:
        """The tool calls of the message."""
        return [part for part in self.parts if isinstance(part, ToolCall)]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may call."""

    name: str
    description: str = ""
    parameters: Any = None
    """The JSON schema of the arguments."""


@dataclass(frozen=True, slots=True)
class Chat:
    """The messages of a payload, the tools that it offers, and everything else."""

    messages: Sequence[Message]
    tools: Sequence[Tool] = ()
    rest: Mapping[str, Any] = field(default_factory=dict)
    """The other fields of the payload, such as model and temperature."""
