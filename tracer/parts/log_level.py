"""The importance of an operation, in MLflow's words and numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from .. import guard

_INFO_TYPES = frozenset({"LLM", "CHAT_MODEL", "TOOL", "RETRIEVER", "AGENT", "EMBEDDING"})
"""Types of span whose default level is INFO. The default level of all other types is DEBUG."""


class SpanLogLevel(IntEnum):
    """A level, from 10 to 50."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    CRITICAL = 50

    @classmethod
    def from_value(cls, value: Any) -> SpanLogLevel:
        """Return the level with this name or number. Raises ValueError if there is no such level."""
        if isinstance(value, str):
            try:
                return cls[value.strip().upper()]
            except KeyError:
                raise ValueError(f"{value!r} is not a log level: {', '.join(cls.__members__)}") from None
        return cls(value)


def parse_log_level(value: Any) -> int | None:
    """Return the number of a level. Returns None and warns once if there is no such level."""
    try:
        return int(SpanLogLevel.from_value(value))
    except ValueError:
        names = ", ".join(SpanLogLevel.__members__)
        guard.warn("log_level", f"log level {value!r} is not one of {names}; it is ignored")
        return None


def log_level_or_default(value: Any, span_type: str) -> SpanLogLevel:
    """Return the level that `value` names, or else the default level of `span_type`."""
    try:
        return SpanLogLevel.from_value(value)
    except ValueError:
        return SpanLogLevel.INFO if span_type in _INFO_TYPES else SpanLogLevel.DEBUG
