"""One change of the trace file, whole or not at all."""

from __future__ import annotations

import sqlite3
from typing import Any


class Transaction:
    """BEGIN IMMEDIATE to COMMIT, or ROLLBACK when it raises; holds the file's sequence numbers meanwhile."""

    sequence: tuple[int, int, int]
    """The last rev, trace number and span number given out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Transaction:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self.sequence = self._connection.execute("SELECT rev, trace, span FROM sequence").fetchone()
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return self

    def advance(self, *, rev: int, trace: int | None = None, span: int | None = None) -> None:
        """Tell the file the last numbers that were given out."""
        self._connection.execute(
            "UPDATE sequence SET rev = ?, trace = ?, span = ?",
            (rev, self.sequence[1] if trace is None else trace, self.sequence[2] if span is None else span),
        )

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
        if self._connection.in_transaction:  # a full disk has rolled back by itself
            self._connection.execute("ROLLBACK")
