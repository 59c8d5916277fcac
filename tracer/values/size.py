"""The approximate memory of a recorded value."""

from __future__ import annotations

from .snapshot import ATOMS


def value_bytes(value: object, depth: int = 0) -> int:
    """Return the approximate memory of a snapshot in bytes, including the overhead of Python objects."""
    if isinstance(value, str):
        return _OBJECT_BYTES + len(value)
    if isinstance(value, dict | list) and depth < 8:
        items = value.values() if isinstance(value, dict) else value
        return _CONTAINER_BYTES + sum(value_bytes(item, depth + 1) + _ENTRY_BYTES for item in items)
    return _OBJECT_BYTES if type(value) in ATOMS else len(getattr(value, "content_bytes", b""))  # an attachment


_OBJECT_BYTES, _CONTAINER_BYTES, _ENTRY_BYTES = 40, 100, 24
"""Overhead of a string or a number, of an empty dict or list, and of one entry."""
