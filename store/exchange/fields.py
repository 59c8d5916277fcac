"""Read fields of a foreign JSON document, each with a sentence about a value that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .document import FormatError, signed

_END_NS = 1 << 63
"""The first time that a SQLite integer cannot hold."""


def hex_bytes(value: Any, count: int, name: str) -> bytes:
    """Return an id of `count` bytes from its hex digits. Raises FormatError for any other value, and for zeros."""
    if isinstance(value, str):
        try:
            found = bytes.fromhex(value)
        except ValueError:
            found = b""
        if len(found) == count and any(found):
            return found
    raise FormatError(f"{name} is not {2 * count} hex digits: {value!r:.60}")


def span_key(value: Any, name: str) -> int:
    """Return the id of a span from its 16 hex digits. Raises FormatError."""
    return signed(int.from_bytes(hex_bytes(value, 8, name)))


def integer(value: Any, name: str) -> int:
    """Return a 64-bit integer that JSON has as a number or as a string. Raises FormatError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
    raise FormatError(f"{name} is not an integer: {value!r:.60}")


def time_ns(value: Any, name: str) -> int:
    """Return Unix nanoseconds; 0 where there is no value. Raises FormatError."""
    if value is None or value == "":
        return 0
    found = integer(value, name)
    if not 0 <= found < _END_NS:
        raise FormatError(f"{name} is not a time in nanoseconds since 1970: {found}")
    return found


def enum(value: Any) -> int | str:
    """Return the number or the name of an enum, 0 where it is missing. Raises FormatError for anything else."""
    if value is None:
        return 0
    if isinstance(value, int | str):
        return value
    raise FormatError(f"not the number or the name of an enum: {value!r:.60}")


def text(value: Any) -> str:
    """Return a string unchanged, and the empty string for anything else."""
    return value if isinstance(value, str) else ""


def items(value: Any, name: str) -> list[Any]:
    """Return a list, empty for null. Raises FormatError for anything else."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise FormatError(f"{name} is not a list: {value!r:.60}")


def entries(value: Any, name: str) -> Mapping[str, Any]:
    """Return an object, empty for null. Raises FormatError for anything else."""
    if type(value) is dict:  # asking for any mapping takes much longer
        return value
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise FormatError(f"{name} is not an object: {value!r:.60}")
