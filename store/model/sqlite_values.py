"""Values as SQLite can take them."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from ..text.json_text import encode

INT64 = 1 << 63
"""Beyond what SQLite holds as an integer."""


def column_value(value: Any) -> tuple[Any, str | None]:
    """A value as the tables `attr` and `assessment` hold it, and its type."""
    kind = type(value)
    if kind is str:
        return (json.dumps(value), "json") if has_lone_surrogate(value) else (value, None)
    if kind is bool:
        return int(value), "bool"
    if kind is int:
        return (value, None) if -INT64 <= value < INT64 else (encode(value).decode(), "json")
    if kind is float:
        return (value, None) if isfinite(value) else (encode(value).decode(), "json")
    return encode(value).decode(), "json"


def bindable(value: Any) -> Any:
    """A value that SQLite can take: text with lone surrogates as its bytes, which readers decode back."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and has_lone_surrogate(value) else value


def has_lone_surrogate(text: str) -> bool:
    """Whether a text holds a lone surrogate, which UTF-8 has no form for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
