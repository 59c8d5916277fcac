"""How much an operation matters, in MLflow's words and numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from .. import guard

_MATTERS = frozenset({"LLM", "CHAT_MODEL", "TOOL", "RETRIEVER", "AGENT", "EMBEDDING"})
"""Kinds of span that are INFO if nobody says otherwise; the glue between them is DEBUG."""


class SpanLogLevel(IntEnum):
    """A level, from 10 to 50."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50

    @classmethod
    def from_value(cls, value: Any) -> SpanLogLevel:
        """A level from its name or number. Raises ValueError for what is none."""
        if isinstance(value, str):
            try:
                return cls[value.strip().upper()]
            except KeyError:
                raise ValueError(f"{value!r} is no log level: {', '.join(cls.__members__)}") from None
        return cls(value)


def level_number(said: Any) -> int | None:
    """The number of a level; None for what is none, which is said once."""
    try:
        return int(SpanLogLevel.from_value(said))
    except ValueError:
        names = ", ".join(SpanLogLevel.__members__)
        guard.warn("log_level", f"log level {said!r} is none of {names}; it is ignored")
        return None


def level_of(said: Any, span_type: str) -> SpanLogLevel:
    """The level that was said, or else that of spans of this type."""
    try:
        return SpanLogLevel.from_value(said)
    except ValueError:
        return SpanLogLevel.INFO if span_type in _MATTERS else SpanLogLevel.DEBUG
