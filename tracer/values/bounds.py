"""How far a walk through a value goes: cycles, depth, graphs, and containers that make their items without end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MAX_DEPTH = 64
"""Containers deeper than this become their type's name: no agent's message is."""

WATCHED_DEPTH = 10
"""A value that goes deeper is copied with a `Trail`: it may be a graph that comes back to itself."""

_MAX_REPEATS = 4_096
"""Containers met again by another way that are copied again: the ways through a graph are more than its places."""

MAX_OBJECTS = 65_536
"""Objects, of a value that is copied with a `Trail`: each may make others when it is asked for its fields."""

MAX_MADE_ITEMS = 65_536
"""Items that containers make when they are read, of one value: lazy sequences may never end."""

MAX_ITEMS = 4_000_000
"""Of any container: the JSON of more would be cut in any case."""


class IsDeepError(Exception):
    """A value is to be copied again, with a `Trail`."""


class Trail:
    """The containers that a walk has come through, and those that it has met."""

    __slots__ = ("_met", "_objects_left", "_repeats_left", "inside", "items_left")

    def __init__(self) -> None:
        self.inside: set[int] = set()
        self._met: dict[int, Any] = {}  # holds them: the number of one that is gone would be given to another
        self._repeats_left = _MAX_REPEATS
        self._objects_left = MAX_OBJECTS
        self.items_left = MAX_MADE_ITEMS

    def refuses(self, value: Any) -> str | None:
        """What stands for a container that leads back to itself, or to what was copied too often already."""
        number = id(value)
        if number in self.inside:
            return f"<{type(value).__qualname__} in a cycle>"
        if number in self._met:
            if not self._repeats_left:
                return f"<{type(value).__qualname__} shown before>"
            self._repeats_left -= 1
        self._met[number] = value
        return None

    def takes_object(self) -> bool:
        """Whether one more object may be copied."""
        self._objects_left -= 1
        return self._objects_left >= 0


def made_entries(value: Mapping[Any, Any], trail: Trail | None) -> dict[Any, Any]:
    """The entries of a mapping that makes them when it is read. Raises IsDeepError without a trail."""
    return {key: rest if key is rest else value[key] for key in made_items(value, trail)}


def made_items(value: Iterable[Any], trail: Trail | None) -> list[Any]:
    """The items that a container makes when it is read, or `rest` as the last. Raises IsDeepError without a trail."""
    if trail is None:
        raise IsDeepError
    items: list[Any] = []
    for item in value:
        if not trail.items_left:
            return [*items, rest]
        trail.items_left -= 1
        items.append(item)
    return items


def first_items(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    """A copy of a list, of one that is too long with how many more there are as the last."""
    if len(value) <= MAX_ITEMS:
        return list(value)
    return [*value[:MAX_ITEMS], f"<and {len(value) - MAX_ITEMS:,} more>"]


rest = "<and more>"
"""Stands for the items that are not read."""
