"""Bounds on the traversal of a value: cycles, depth, graphs, and containers that produce items without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from .. import guard

K = TypeVar("K")
V = TypeVar("V")

MAX_DEPTH = 64
"""Containers deeper than this are replaced by their type's name. No agent's message is so deep."""

PLAIN_DEPTH = 10
"""A deeper value is copied with a `Traversal`, because it may be a graph with cycles."""

_MAX_REPEATS = 4_096
"""Containers that are copied again when they are reached by another path. A graph has more paths than nodes."""

MAX_OBJECTS = 65_536
"""Maximum objects in a value that is copied with a `Traversal`: reading fields of an object may make new objects."""

MAX_LAZY_ITEMS = 65_536
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
        self.items_left = MAX_LAZY_ITEMS

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


def finite_entries(entries: Mapping[K, V] | Iterable[tuple[K, V]]) -> dict[K, V]:
    """Return a plain dict unchanged, and the first `MAX_LAZY_ITEMS` entries of any other mapping or of pairs.

    Warns once if there are more: a mapping that iterates forever must not stop the host.
    """
    if type(entries) is dict:
        return entries
    return dict(_first(_pairs(entries), "entries"))


def finite_items(items: Iterable[V]) -> Iterable[V]:
    """Return a list or tuple unchanged, and the first `MAX_LAZY_ITEMS` items of any other iterable. Warns as above."""
    return items if type(items) in (list, tuple) else _first(items, "items")


def _pairs(entries: Any) -> Iterable[tuple[Any, Any]]:
    if (items := getattr(entries, "items", None)) is not None:
        pairs: Iterable[tuple[Any, Any]] = items()
        return pairs
    if (keys := getattr(entries, "keys", None)) is not None:  # enough for `dict`, such as a row of sqlite3
        return ((key, entries[key]) for key in keys())
    return entries  # type: ignore[no-any-return]


def _first(items: Iterable[V], what: str) -> Iterator[V]:
    iterator = iter(items)
    yield from islice(iterator, MAX_LAZY_ITEMS)
    for _ in iterator:
        guard.warn(what, f"more than {MAX_LAZY_ITEMS:,} {what} in one argument; the others are not recorded")
        break


def first_items(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    """Return a copy of a list. The last item of a truncated copy is a note of how many items are missing."""
    if len(value) <= MAX_ITEMS:
        return list(value)
    return [*value[:MAX_ITEMS], f"<and {len(value) - MAX_ITEMS:,} more>"]


MORE = "<and more>"
"""The last item of a container whose other items are not read."""
