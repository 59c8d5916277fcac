"""Many rows in one statement: inserted, or where their key is there already, changed.

`executemany` gives the interpreter lock back and takes it again for every row, so a busy host makes it wait
5 ms a row; and on a quiet one it costs four times as much as one statement for a thousand rows (measured:
2.0 against 0.56 us a row).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Container, Sequence
from math import nan
from typing import Any

_CHUNKS = (2048, 256, 32, 4, 1)
"""Rows of a statement. Few sizes, so that the connection's statement cache holds them all."""

NULL = nan
"""Bound for null, as SQLite takes every NaN; None may be bound too. Python 3.11 asks every None for a way to adapt it,
and swallows the error that this raises: 0.41 us, where a number takes 0.02."""

_MAX_VARIABLES = 8_192
"""Of a statement; a quarter of SQLite's default limit since 3.32. A thousand rows of twenty columns save nothing over a
quarter of that, and take 23 ms to prepare instead of 4."""


class Upsert:
    """An INSERT ... ON CONFLICT statement for any number of rows."""

    def __init__(self, table: str, columns: Sequence[str], conflict: str, *, utf8: Container[str] = ()) -> None:
        """`conflict` is what follows ON CONFLICT; `utf8` are the columns of text whose values may be UTF-8 bytes.

        All are constants of this program, never user text.
        """
        self.width = len(columns)
        row = "(" + ",".join("CAST(? AS TEXT)" if column in utf8 else "?" for column in columns) + ")"
        head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
        self._statements = [
            (size, head + ",".join([row] * size) + f" ON CONFLICT {conflict}")
            for size in _CHUNKS
            if size * self.width <= _MAX_VARIABLES
        ]

    def run(self, connection: sqlite3.Connection, values: Sequence[Any]) -> None:
        """Write the rows whose values follow each other in `values`; no key may be twice in one call."""
        start = 0
        for size, statement in self._statements:
            step = size * self.width
            while len(values) - start >= step:
                connection.execute(statement, values[start : start + step])
                start += step


class SparseRows:
    """Rows of a table some of whose columns are null in most of them."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        """Of the other columns, one row after the other."""
        self._rare: dict[int, Sequence[Any]] = {}
        """Of the rare ones, for the rows that have any."""

    def add(self, values: Sequence[Any], rare: Sequence[Any] | None) -> None:
        """Take in a row; `rare` is None where all of those are null, and holds `NULL` where one is."""
        if rare is not None:
            self._rare[len(self.values)] = rare
        self.values += values

    def convert(self, change: Callable[[Any], Any]) -> None:
        """Put what `change` makes of it in place of each value."""
        self.values = list(map(change, self.values))
        self._rare = {start: list(map(change, rare)) for start, rare in self._rare.items()}

    def filled(self, width: int, rare_columns: int) -> list[Any] | None:
        """The values of all columns, of rows of `width` others; None if no row has any of the rare ones."""
        if not self._rare:
            return None
        full = width + rare_columns
        filled = [NULL] * (len(self.values) // width * full)
        for column in range(width):
            filled[column::full] = self.values[column::width]
        for start, rare in self._rare.items():
            after = start // width * full + width
            filled[after : after + rare_columns] = rare
        return filled


class SparseUpsert:
    """An `Upsert` that leaves out columns that are null in all rows at hand: each costs 0.1 us a row."""

    def __init__(self, table: str, columns: Sequence[str], rare: Sequence[str], conflict: str) -> None:
        """As of `Upsert`; the `rare` columns may be left out."""
        self.width = len(columns)
        self._rare_columns = len(rare)
        self._usual = Upsert(table, columns, conflict)
        self._full = Upsert(table, [*columns, *rare], conflict)

    def run(self, connection: sqlite3.Connection, rows: SparseRows) -> None:
        """Write the rows; no key may be twice in one call."""
        filled = rows.filled(self.width, self._rare_columns)
        if filled is None:
            self._usual.run(connection, rows.values)
        else:
            self._full.run(connection, filled)
