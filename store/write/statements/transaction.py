"""A write transaction of the trace file."""

from __future__ import annotations

import sqlite3
from typing import Any


class Transaction:
    """A context manager from BEGIN IMMEDIATE to COMMIT, or to ROLLBACK when the body raises."""

    sequence: tuple[int, int, int, int, int]
    """The last rev, trace id, span id and block of the file at the begin of the transaction, and `sequence.sweeps`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Transaction:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self.sequence = self._connection.execute("SELECT rev, trace, span, block, sweeps FROM sequence").fetchone()
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return self

    def advance(self, *, rev: int, trace: int | None = None, span: int | None = None, block: int | None = None) -> None:
        """Write the last rev, trace id, span id and block that the transaction has used."""
        before = self.sequence
        last = (
            before[1] if trace is None else trace,
            before[2] if span is None else span,
            before[3] if block is None else block,
        )
        self._connection.execute("UPDATE sequence SET rev = ?, trace = ?, span = ?, block = ?", (rev, *last))

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if kind is None:
            try:
                self._connection.execute("COMMIT")
                return
            except BaseException:
                self._rollback()
                raise
        self._rollback()

    def _rollback(self) -> None:
        if self._connection.in_transaction:  # SQLite rolls back by itself when the disk is full
            self._connection.execute("ROLLBACK")
