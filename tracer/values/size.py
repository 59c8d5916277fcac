"""How much memory a recorded value takes, about."""

from __future__ import annotations

from .snapshot import ATOMS


def value_bytes(value: object, depth: int = 0) -> int:
    """About what a snapshot takes in memory, with what Python's objects take beside their content."""
    if isinstance(value, str):
        return _OBJECT_BYTES + len(value)
    if isinstance(value, dict | list) and depth < 8:
        items = value.values() if isinstance(value, dict) else value
        return _CONTAINER_BYTES + sum(value_bytes(item, depth + 1) + _ENTRY_BYTES for item in items)
    return _OBJECT_BYTES if type(value) in ATOMS else len(getattr(value, "content_bytes", b""))  # of an attachment


_OBJECT_BYTES, _CONTAINER_BYTES, _ENTRY_BYTES = 40, 100, 24
"""Of strings and numbers; of a dict or a list without entries; of an entry."""
