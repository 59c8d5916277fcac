"""Attribute names: their row ids in `attr_key`, and everything that follows from the set of names of a span."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ...conventions import dialects
from ...conventions.payload_attributes import find_payload_attributes
from ...model.sqlite_values import bindable
from ...text.json_text import encode

MAX_CACHED_KEYS = 65_536
"""The most cached attribute names: a program that makes names from data must not fill the host's memory."""

MAX_CACHED_KEY_SETS = 4_096
"""The most cached sets of names; a usual program has dozens."""

_INSERT_KEY = "INSERT INTO attr_key (name, span_count) VALUES (?, 0) ON CONFLICT DO NOTHING"
_SELECT_KEY = "SELECT id FROM attr_key WHERE name = ?"


class KeySet:
    """The attribute names of spans of one kind, with everything that is computed once for all these spans."""

    __slots__ = ("derivation", "payload_attributes", "rows", "text")

    def __init__(self, names: Sequence[str], rows: Sequence[int]) -> None:
        """`rows` are the ids of the names in the `attr_key` table."""
        self.rows = tuple(rows)
        self.text = encode(list(rows)).decode()
        """The value of `span.attr_keys`."""
        self.derivation = dialects.derivation(names) or None
        """How the values fill normal columns; None if they fill none."""
        self.payload_attributes = find_payload_attributes(names)
        """Which of the attributes contain inputs and outputs."""


class AttributeKeys:
    """Caches the ids of attribute names, and the key sets of spans."""

    connection: sqlite3.Connection
    """The connection of the open transaction."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._key_sets: dict[tuple[str, ...], KeySet] = {}

    def key_set(self, names: tuple[str, ...]) -> KeySet:
        """Return the key set of these names; inserts names that the file does not have."""
        found = self._key_sets.get(names)
        if found is None:
            if len(self._key_sets) >= MAX_CACHED_KEY_SETS:
                self._key_sets.clear()
            found = self._key_sets[names] = KeySet(
                names, [self._rows.get(name) or self._intern(name) for name in names]
            )
        return found

    def clear(self) -> None:
        """Forget everything: a name that was inserted in a transaction that failed is not in the file."""
        self._rows.clear()
        self._key_sets.clear()

    def _intern(self, name: str) -> int:
        stored = bindable(name)
        self.connection.execute(_INSERT_KEY, (stored,))
        (row,) = self.connection.execute(_SELECT_KEY, (stored,)).fetchone()
        if len(self._rows) >= MAX_CACHED_KEYS:
            self._rows.clear()
        self._rows[name] = row
        return int(row)
