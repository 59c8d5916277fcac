"""Convert values to types that SQLite can store."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from ..text.json_text import encode

INT64 = 1 << 63
"""The smallest positive integer that SQLite cannot store as an integer."""


def column_value(value: Any) -> tuple[Any, str | None]:
    """Return the columns `value` and `type` of a value, in the tables `attr` and `assessment`."""
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
    """Return a value that SQLite can bind: text with lone surrogates becomes bytes, which readers decode."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and has_lone_surrogate(value) else value


def has_lone_surrogate(text: str) -> bool:
    """Whether a text contains a lone surrogate, which UTF-8 cannot encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
