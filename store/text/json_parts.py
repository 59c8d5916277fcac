"""JSON of a value with long lists of objects, such as the messages of a conversation, encoded object by object.

Each call of a conversation sends the objects of the former calls again. Encoded one by one, each is equal to bytes that
were met before: what was found out about these is not found out again, and no second copy of them stays in memory.
"""

from __future__ import annotations

from collections.abc import Container
from itertools import chain
from typing import Any

import orjson

from .json_text import PIECE_CHARS, encode, encode_at_once
from .recent_texts import RecentTexts

LEAST_ELEMENTS = 4
"""A shorter list is encoded as a whole."""

MOST_KNOWN_BYTES = 4 << 20
"""How many bytes of objects are remembered, twice: of those that were met lately, and of those before."""

_MOST_ENTRIES, _MOST_DEPTH = 256, 8
"""Limits of a container that is encoded in one call."""


class JsonParts:
    """A JSON text in parts: `glue[0] + elements[0] + glue[1] + ... + glue[-1]`. Its `len` is the size in bytes."""

    __slots__ = ("_size", "elements", "glue", "lists")

    def __init__(self, elements: list[bytes], glue: list[bytes], lists: list[tuple[str | None, int]]) -> None:
        self.elements = elements
        """The objects of long lists."""
        self.glue = glue
        """What stands before, between and behind them; a comma between two objects of a list."""
        self.lists = lists
        """The key of each long list in the value, None if the value is the list, and the number of its objects."""
        self._size = sum(map(len, elements)) + sum(map(len, glue))

    def __len__(self) -> int:
        return self._size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonParts) and self.elements == other.elements and self.glue == other.glue

    __hash__ = None  # type: ignore[assignment]

    def __bytes__(self) -> bytes:
        return b"".join(chain.from_iterable(zip(self.glue, [*self.elements, b""], strict=True)))

    def beginning(self, size: int) -> bytes:
        """Return the first bytes of the text, at least `size` of them if it has as many."""
        text = b""
        for before, element in zip(self.glue, [*self.elements, b""], strict=True):
            text += before + element
            if len(text) >= size:
                break
        return text


def _encode(item: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(item) if 0 <= _plain_chars(item) <= PIECE_CHARS else encode(item)
    except TypeError:  # a lone surrogate, an integer beyond 64 bits, a key that is not a string
        return encode(item)


def _plain_chars(value: Any, depth: int = 0) -> int:
    """The characters of the strings in a container; -1 if it has anything but objects, lists, strings and integers.

    One walk tells what `is_small` and the search for numbers that are not finite tell in two.
    """
    if len(value) > _MOST_ENTRIES or depth > _MOST_DEPTH:
        return -1
    chars = 0
    for item in value.values() if type(value) is dict else value:
        kind = type(item)
        if kind is str:
            chars += len(item)
        elif kind is dict or kind is list:
            if item:
                nested = _plain_chars(item, depth + 1)
                if nested < 0:
                    return -1
                chars += nested
        elif item is not None and kind is not int and kind is not bool:
            return -1
    return chars


class KnownElements:
    """JSON of objects that were met before, within a bound."""

    def __init__(self) -> None:
        self._texts = RecentTexts[bytes](MOST_KNOWN_BYTES)

    def encode(self, items: list[Any]) -> list[bytes]:
        """Return the JSON of each object; equal JSON is the same bytes."""
        return [self._known(_encode(item)) for item in items]

    def _known(self, text: bytes) -> bytes:
        found = self._texts.get(text)
        if found is None:
            self._texts.add(text, text)
            return text
        return found


def encode_in_parts(value: Any, known: KnownElements) -> bytes | JsonParts:
    """Return what `json_text.encode` returns; in parts if the value is a long list of objects, or a dict with some."""
    kind = type(value)
    lists: list[tuple[str | None, int]] = []
    if kind is list and _is_long(value):
        lists.append((None, len(value)))
    elif kind is dict:
        lists += [(key, len(item)) for key, item in value.items() if type(item) is list and _is_long(item)]
    if not lists:
        return encode(value)
    if kind is list:
        return JsonParts(known.encode(value), [b"[", *[b","] * (len(value) - 1), b"]"], lists)
    return _encode_entries(value, lists, known)


def _encode_entries(entries: dict[str, Any], lists: list[tuple[str | None, int]], known: KnownElements) -> JsonParts:
    long: Container[str | None] = {key for key, _ in lists}
    elements: list[bytes] = []
    glue: list[bytes] = []
    before = b"{"
    for key, item in entries.items():
        before += encode_at_once(key) + b":"
        if key in long:
            elements += known.encode(item)
            glue.append(before + b"[")
            glue += [b","] * (len(item) - 1)
            before = b"],"
        else:
            before += encode(item) + b","
    glue.append(before[:-1] + b"}")
    return JsonParts(elements, glue, lists)


def _is_long(items: list[Any]) -> bool:
    return len(items) >= LEAST_ELEMENTS and all(type(item) is dict for item in items)
