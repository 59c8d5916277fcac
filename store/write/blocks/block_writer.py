"""Replaces long values by recipes, which refer to blocks, in the transaction of a batch."""

from __future__ import annotations

import sqlite3
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import orjson

from ...text.json_parts import JsonParts
from ...text.recent_texts import RecentTexts
from . import cutting
from .block_table import BlockTable
from .worth import Source

FOLD_FROM_BYTES = 1_024
"""A shorter value is stored whole."""

_SHORTEST_BYTES = 32
"""What stands between long pieces is a block too from this length on, and a text in the recipe below it."""

_EDGE_BYTES = 512
"""The same at the beginning and the end of a value, where each value of a conversation has something else."""

_GROUP_MASK = 7
"""An element ends a group if its checksum says so, one in eight: the same elements make the same groups, whatever
stands before and behind them. The first element of a further list ends one too."""

_GROUP_LEAST, _GROUP_MOST = 4, 64
"""How many elements make a group."""

_SEEN = 0
"""In place of its number, of a group that was met once."""

_CHAT_BYTES = 8_192
"""A shorter list of short elements is stored whole: the messages of a short chat save less than they cost."""

_MOST_KNOWN_BYTES = 4 << 20
"""How much text of list elements is remembered, twice."""

_MOST_EDGE_BYTES = 1 << 20
"""How much text of beginnings and ends of values is remembered, twice."""

_MOST_GROUPS = 32_768
_MOST_SOURCES = 256


class Element(NamedTuple):
    """An element of a list as a part of a recipe."""

    recipe: str
    """Texts and numbers of blocks as JSON, separated by commas."""
    blocks: tuple[int, ...]
    ends_group: bool


class BlockWriter:
    """Writes the blocks of one file. `begin` it in each transaction, and `write` before the commit."""

    def __init__(self) -> None:
        self._table = BlockTable()
        self._elements = RecentTexts[Element](_MOST_KNOWN_BYTES)
        self._edges = RecentTexts[Element](_MOST_EDGE_BYTES)
        self._groups: dict[str, int] = {}
        """Blocks that are recipes, by the recipe."""
        self._sources: dict[tuple[str, str], Source] = {}

    @property
    def last(self) -> int:
        """The number of the last block, with those of this transaction."""
        return self._table.last

    def begin(self, connection: sqlite3.Connection, last_block: int, sweeps: int) -> None:
        """Begin a transaction, at whose begin the file has this `sequence.block` and `sequence.sweeps`."""
        if not self._table.begin(connection, last_block, sweeps):
            self._forget()

    def write(self, last_span: int) -> None:
        """Write the new blocks of the transaction, and which spans need which; `last_span` is the last span.id."""
        self._table.write(last_span)

    def clear(self) -> None:
        """Forget all blocks: the transaction failed."""
        self._table.clear()
        self._forget()

    def _forget(self) -> None:
        self._elements.clear()
        self._edges.clear()
        self._groups.clear()

    def source(self, name: str, column: str) -> Source:
        """Return the source of the values in `column` of spans with this name; programs that make up names have one."""
        found = self._sources.get((name, column))
        if found is None:
            if len(self._sources) >= _MOST_SOURCES:
                return self._sources.setdefault(("", column), Source())
            found = self._sources[name, column] = Source()
        return found

    def fold(self, text: bytes | JsonParts, span: int, source: Source) -> bytes | None:
        """Return the recipe of a value of the span with this span.id; None if the value is to be stored whole."""
        if len(text) < FOLD_FROM_BYTES or not source.is_worth_cutting() or _has_nul(text):
            return None
        last = self._table.last
        try:
            elements = self._of_parts(text, source) if isinstance(text, JsonParts) else self._of_text(text, source)
        except UnicodeDecodeError:  # SQLite stores such bytes as they are, and no block has them
            self._table.use(span, range(last + 1, self._table.last + 1))
            return None
        if len(elements) >= 2 * _GROUP_LEAST:
            elements = self._grouped(elements)
        recipe, blocks = _joined(elements)
        if not blocks:
            return None
        self._table.use(span, blocks)
        return f"[{recipe}]".encode()

    def _of_text(self, text: bytes, source: Source) -> list[Element]:
        separator = cutting.separator_of(text)
        pieces = list(chain.from_iterable(cutting.split(text, separator)))
        if len(pieces) == 1:
            return [self._element(text, source, is_edge=True)]
        if len(text) < _CHAT_BYTES and max(map(len, pieces)) < cutting.LEAST_BYTES:
            return []
        opening, closing = separator[1:], separator[:1]
        middle = [opening + piece + closing for piece in pieces[1:-1]]
        elements = [self._edge(pieces[0] + closing, source)]
        short = self._add_elements(elements, middle, source)
        elements.append(self._edge(short + opening + pieces[-1], source))
        return elements

    def _of_parts(self, text: JsonParts, source: Source) -> list[Element]:
        elements: list[Element] = []
        start = 0
        before = text.glue[0]
        for _, count in text.lists:
            end = start + count
            first = before + text.elements[start]
            element = self._edge(first, source) if start == 0 else self._element(first, source, is_edge=False)
            elements.append(element._replace(ends_group=True))
            before = self._add_elements(elements, text.elements[start + 1 : end], source, b",") + text.glue[end]
            start = end
        elements.append(self._edge(before, source))
        return elements

    def _add_elements(
        self, elements: list[Element], pieces: list[bytes], source: Source, opening: bytes = b""
    ) -> bytes:
        """Add elements of a list, short ones together; return the short ones at the end."""
        known = self._elements.get
        short: list[bytes] = []
        short_bytes = 0
        for piece in pieces:
            if len(piece) < cutting.LEAST_BYTES:
                short.append(piece)
                short_bytes += len(piece)
                if short_bytes < cutting.LEAST_BYTES:
                    continue
                piece = opening.join(short)
                short, short_bytes = [], 0
            elif short:
                elements.append(self._known_element(opening.join(short), opening, source))
                short, short_bytes = [], 0
            found = known(piece)
            if found is None:
                found = self._known_element(piece, opening, source)
            else:
                source.found(len(piece))
            elements.append(found)
        return opening + opening.join(short) if short else b""

    def _known_element(self, piece: bytes, opening: bytes, source: Source) -> Element:
        found = self._elements.get(piece)
        if found is None:
            found = self._element(opening + piece, source, is_edge=False)
            self._elements.add(piece, found)
        return found

    def _edge(self, text: bytes, source: Source) -> Element:
        """The beginning or the end of a value, with the first or the last element of a list."""
        found = self._edges.get(text)
        if found is None:
            found = self._element(text, source, is_edge=True)
            self._edges.add(text, found)
        else:
            source.found(len(text))
        return found

    def _element(self, text: bytes, source: Source, *, is_edge: bool) -> Element:
        parts: list[str] = []
        blocks: list[int] = []
        least = _EDGE_BYTES if is_edge else _SHORTEST_BYTES
        for place, piece in enumerate(cutting.cut(text)):
            if place % 2 or len(piece) >= least:
                block = self._table.block_of(piece, source)
                blocks.append(block)
                parts.append(str(block))
            elif piece:
                parts.append(orjson.dumps(piece.decode()).decode())
        return Element(",".join(parts), tuple(blocks), not is_edge and crc32(text) & _GROUP_MASK == 0)

    def _grouped(self, elements: list[Element]) -> list[Element]:
        parts: list[Element] = []
        waiting: list[Element] = []
        for element in elements:
            waiting.append(element)
            if len(waiting) >= _GROUP_LEAST and (element.ends_group or len(waiting) == _GROUP_MOST):
                parts += self._group(waiting)
                waiting = []
        return parts + waiting

    def _group(self, elements: list[Element]) -> list[Element]:
        """Return these elements as one from the second time on: the last ones of a conversation never come again."""
        recipe, blocks = _joined(elements)
        found = self._groups.get(recipe)
        if found is None:
            if len(self._groups) >= _MOST_GROUPS:
                self._groups.clear()
            self._groups[recipe] = _SEEN
            return elements
        if found == _SEEN:
            found = self._groups[recipe] = self._table.group_of(f"[{recipe}]".encode())
        return [Element(str(found), (found, *blocks), False)]


def _joined(elements: list[Element]) -> tuple[str, list[int]]:
    blocks = [block for element in elements for block in element.blocks]
    return ",".join([element.recipe for element in elements]), blocks


def _has_nul(text: bytes | JsonParts) -> bool:
    return isinstance(text, bytes) and text.find(b"\0") >= 0  # SQLite ends a text of JSON there; our JSON has none
