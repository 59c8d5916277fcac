"""The tables of blocks in one transaction: finds blocks by their text, adds new ones, notes which spans need which."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection
from hashlib import blake2b

from ...file.blocks import RANGE_BITS, made_in
from ...text.recent_texts import RecentTexts
from ..statements.upsert import Upsert
from .worth import Source

MOST_KNOWN_BYTES = 2 << 20
"""How much text of blocks is remembered, twice."""

MOST_KNOWN = 32_768
"""The most blocks that a process knows by their digest."""

_RANGES_KEPT = 4

_INSERT = Upsert("block", ("id", "digest", "text"), "DO NOTHING")
_FIND = "SELECT id, CAST(text AS BLOB), typeof(text) FROM block WHERE digest = ?"
_MADE = "INSERT INTO block_range VALUES (?, ?) ON CONFLICT DO NOTHING"
_USE = f"""
    INSERT INTO block_use (block, range) SELECT value, :range FROM json_each(:blocks)
    WHERE NOT {made_in("value", ":range")} OR EXISTS (SELECT 1 FROM block_use u WHERE u.block = value AND u.range = -1)
    ON CONFLICT DO NOTHING"""  # noqa: S608 (our own names)


class BlockTable:
    """The blocks of one file, as a process knows them."""

    def __init__(self) -> None:
        self.last = 0
        """The number of the last block."""
        self._connection: sqlite3.Connection | None = None
        self._last_before = 0
        self._sweeps = -1
        self._texts = RecentTexts[int](MOST_KNOWN_BYTES)
        """Blocks by their text."""
        self._blocks: dict[bytes, int] = {}
        """Blocks by the digest of their text."""
        self._origins: dict[int, Source] = {}
        """In values of which source a block was first met."""
        self._used: defaultdict[int, set[int]] = defaultdict(set)
        """The blocks that the file knows to be needed, by range."""
        self._rows: list[object] = []
        self._uses: defaultdict[int, set[int]] = defaultdict(set)

    def begin(self, connection: sqlite3.Connection, last: int, sweeps: int) -> bool:
        """Begin a transaction; return whether all known blocks are in the file, else they are forgotten."""
        self._connection = connection
        self.last = self._last_before = last
        if sweeps == self._sweeps:
            return True
        self.clear()
        self._sweeps = sweeps
        return False

    def clear(self) -> None:
        """Forget all blocks."""
        self._texts.clear()
        self._blocks.clear()
        self._origins.clear()
        self._used.clear()
        self._uses.clear()
        self._rows = []
        self._sweeps = -1

    def block_of(self, text: bytes, source: Source) -> int:
        """Return the block with this text, a new one if there is none. Raises UnicodeDecodeError if it is no UTF-8."""
        block = self._texts.get(text)
        if block is None:
            block = self._block_of_new(text, source)
            self._texts.add(text, block)
            return block
        source.found(len(text))
        if (origin := self._origins.get(block)) is not None and origin is not source:
            origin.found(len(text))
        return block

    def _block_of_new(self, text: bytes, source: Source) -> int:
        """The same of a text that was not met lately."""
        digest = blake2b(text, digest_size=16).digest()
        block = self._blocks.get(digest)
        if block is None:
            decoded = text.decode()
            block = self._stored(digest, text, "text")
            if block is None:
                source.made(len(text))
                block = self._blocks[digest] = self._add(digest, decoded)
                self._origins[block] = source
                return block
            self._blocks[digest] = block
        source.found(len(text))
        return block

    def group_of(self, recipe: bytes) -> int:
        """Return the block with this recipe, a new one if there is none."""
        digest = blake2b(recipe, digest_size=16).digest()
        return self._stored(digest, recipe, "blob") or self._add(digest, recipe)

    def use(self, span: int, blocks: Collection[int]) -> None:
        """Note that the span with this span.id needs these blocks."""
        used = self._used[span >> RANGE_BITS]
        if not used.issuperset(blocks):
            new = set(blocks) - used
            used |= new
            self._uses[span >> RANGE_BITS] |= new

    def write(self, last_span: int) -> None:
        """Write what is new; `last_span` is the last span.id of the file."""
        if not self._uses:
            return
        assert self._connection is not None
        made_in = last_span >> RANGE_BITS
        if self._rows:
            _INSERT.run(self._connection, self._rows)
            self._connection.execute(_MADE, (made_in, self._last_before + 1))
            self._rows = []
        for place, blocks in self._uses.items():
            earlier = blocks if place != made_in else [block for block in blocks if block <= self._last_before]
            if earlier:
                self._connection.execute(_USE, {"range": place, "blocks": json.dumps(sorted(earlier))})
        self._uses.clear()
        if len(self._blocks) > MOST_KNOWN:
            self._blocks.clear()
            self._origins.clear()
        for place in sorted(self._used)[:-_RANGES_KEPT]:
            del self._used[place]

    def _stored(self, digest: bytes, text: bytes, kind: str) -> int | None:
        assert self._connection is not None
        for id, stored, stored_kind in self._connection.execute(_FIND, (_number(digest),)):
            if stored == text and stored_kind == kind:
                return int(id)
        return None

    def _add(self, digest: bytes, text: str | bytes) -> int:
        self.last += 1
        self._rows += (self.last, _number(digest), text)
        return self.last


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big", signed=True)
