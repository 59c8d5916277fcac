"""Bounds on the traversal of a value: cycles, depth, graphs, and containers that produce items without end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_DEPTH = 64
"""Containers deeper than this are replaced by their type's name. No agent's message is so deep."""

PLAIN_DEPTH = 10
"""A deeper value is copied with a `Traversal`, because it may be a graph with cycles."""

_MAX_REPEATS = 4_096
"""Containers that are copied again when they are reached by another path. A graph has more paths than nodes."""

MAX_OBJECTS = 65_536
"""Maximum objects in a value that is copied with a `Traversal`: reading fields of an object may make new objects."""

MAX_MADE_ITEMS = 65_536
"""Maximum items that containers of one value produce when they are read. A lazy sequence may never end."""

MAX_ITEMS = 4_000_000
"""Maximum items of any container. The JSON of more would be truncated in any case."""


class NeedsTraversalError(Exception):
    """A value must be copied again, with a `Traversal`."""


class Traversal:
    """The state of one traversal: containers on the path, containers seen, and how much may still be copied."""

    __slots__ = ("_objects_left", "_repeats_left", "_seen", "items_left", "path")

    def __init__(self) -> None:
        self.path: set[int] = set()
        self._seen: dict[int, Any] = {}  # keeps them alive, because Python reuses the id of a deleted object
        self._repeats_left = _MAX_REPEATS
        self._objects_left = MAX_OBJECTS
        self.items_left = MAX_MADE_ITEMS

    def placeholder(self, value: Any) -> str | None:
        """Return the text that replaces a container in a cycle or copied too often; None if it is to be copied."""
        number = id(value)
        if number in self.path:
            return f"<{type(value).__qualname__} in a cycle>"
        if number in self._seen:
            if not self._repeats_left:
                return f"<{type(value).__qualname__} shown before>"
            self._repeats_left -= 1
        self._seen[number] = value
        return None

    def accepts_object(self) -> bool:
        """Return whether one more object may be copied."""
        self._objects_left -= 1
        return self._objects_left >= 0


def bounded_entries(value: Mapping[Any, Any], traversal: Traversal | None) -> dict[Any, Any]:
    """Return the first entries of a mapping that may be lazy. Raises NeedsTraversalError without a traversal."""
    return {key: MORE if key is MORE else value[key] for key in bounded_items(value, traversal)}


def bounded_items(value: Iterable[Any], traversal: Traversal | None) -> list[Any]:
    """Return the first items of a container that may be lazy. Raises NeedsTraversalError without a traversal."""
    if traversal is None:
        raise NeedsTraversalError
    items: list[Any] = []
    for item in value:
        if not traversal.items_left:
            return [*items, MORE]
        traversal.items_left -= 1
        items.append(item)
    return items


def first_items(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    """Return a copy of a list. The last item of a truncated copy is a note of how many items are missing."""
    if len(value) <= MAX_ITEMS:
        return list(value)
    return [*value[:MAX_ITEMS], f"<and {len(value) - MAX_ITEMS:,} more>"]


MORE = "<and more>"
"""The last item of a container whose other items are not read."""
