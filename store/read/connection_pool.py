"""Run the queries of one search on several connections at once: SQLite releases the interpreter lock while it reads."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..file import paths, schema
from ..filter.sql.functions import faults_told, register

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MOST = 4
"""Connections of one search. The program that is traced wants processors too."""


class ConnectionPool:
    """The connections beside that of a reader, opened when they are first needed. One thread at a time may use them."""

    def __init__(self, path: Path, file: tuple[int, int] | None, *, at_once: int | None = None) -> None:
        """Of the file at `path` while `paths.identity` of it is `file`.

        `at_once` slices are asked together, without it as many as there are processors, up to `MOST`.
        """
        self._path = path
        self._file = file
        self._wanted = at_once or min(MOST, _processors())
        self._connections: list[sqlite3.Connection] | None = None
        self._threads: ThreadPoolExecutor | None = None

    def size(self) -> int:
        """How many slices are asked together; 1 where no more connections to the same file can be had."""
        if self._connections is None:
            self._connections = []
            self._open(self._connections)
        return 1 + len(self._connections)

    def query(
        self, connection: sqlite3.Connection, sql: str, slices: Sequence[Mapping[str, Any]]
    ) -> list[list[tuple[Any, ...]]]:
        """The rows of each slice, not more than `size()`: of the first on `connection`, in this thread.

        Raises what SQLite raises, when none of the connections is in use any more.
        """
        from concurrent.futures import ThreadPoolExecutor, wait

        assert self._connections is not None
        if self._threads is None:
            self._threads = ThreadPoolExecutor(len(self._connections), thread_name_prefix="tracetui-search")
        others = [
            self._threads.submit(_rows, beside, sql, one)
            for beside, one in zip(self._connections, slices[1:], strict=False)
        ]
        try:
            first = _rows(connection, sql, slices[0])
        finally:
            wait(others)
        return [first, *(other.result() for other in others)]

    def close(self) -> None:
        """Give the file up."""
        if self._threads is not None:
            self._threads.shutdown()
        for connection in self._connections or ():
            connection.close()
        self._connections, self._threads = [], None

    def _open(self, connections: list[sqlite3.Connection]) -> None:
        try:
            for _ in range(self._wanted - 1):
                connection = schema.open_for_reading(self._path)
                connections.append(connection)
                register(connection)
                if paths.identity(self._path) != self._file:  # another file has taken its place
                    connections.pop().close()
                    return
        except (sqlite3.Error, OSError):
            pass  # those that were opened do


def _rows(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with faults_told():
        return connection.execute(sql, parameters).fetchall()


def _processors() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
