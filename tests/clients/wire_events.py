"""What the answers of all providers have in common: their words, their waits, and the tools they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

FIRST_TOKEN_S = 0.15
"""Between the first event, which holds no token, and the first that does."""

GAP_S = 0.01
"""Between tokens."""

WORDS = ("Hel", "lo", " you")

Event = tuple[float, str, Any]
"""Seconds to wait before it, its name or "", its content."""


class Asked(NamedTuple):
    """A request."""

    path: str
    body: dict[str, Any]
    turn: int
    """How many requests came before it."""

    def next_tool(self, tools: list[dict[str, Any]] | None) -> dict[str, Any] | None:
        """A model calls the tools that it is given one after the other, one an answer, and then answers in words."""
        return tools[self.turn] if tools and self.turn < len(tools) else None


Answers = dict[str, Callable[[Asked], dict[str, Any] | list[Event]]]
"""By the end of a path: what answers it, with a document or the events of a stream."""


def words_at() -> list[tuple[float, str]]:
    """Seconds to wait before each word, and the word."""
    return [(GAP_S if number else FIRST_TOKEN_S, word) for number, word in enumerate(WORDS)]


def arguments(schema: dict[str, Any]) -> dict[str, str]:
    """What a model calls a tool of that JSON schema with."""
    return dict.fromkeys(schema["properties"], "Porto")
