"""Additional read-only connections, so that one search runs several queries at once.

SQLite releases the interpreter lock while it reads.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..file import former_layout, paths, schema
from ..filter.sql.functions import faults_told, register

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MAX_CONNECTIONS = 4
"""The most connections of one search: the traced program needs processors too."""


class ConnectionPool:
    """The connections that a search uses in addition to the reader's own. One thread at a time may use a pool."""

    def __init__(
        self,
        path: Path,
        file: tuple[int, int] | None,
        *,
        size: int | None = None,
        prepare: Callable[[sqlite3.Connection], None] = register,
    ) -> None:
        """Use the file at `path` as long as its `paths.identity` is `file`; opens the connections on first use.

        `size` is the number of parallel queries, by default the number of processors up to `MAX_CONNECTIONS`.
        `prepare` is called with each new connection.
        """
        self._path = path
        self._file = file
        self._wanted = size or min(MAX_CONNECTIONS, _processor_count())
        self._prepare = prepare
        self._connections: list[sqlite3.Connection] | None = None
        self._threads: ThreadPoolExecutor | None = None

    def size(self) -> int:
        """Return the number of parallel queries; 1 if no further connection to the same file can be opened."""
        if self._connections is None:
            self._connections = []
            self._open(self._connections)
        return 1 + len(self._connections)

    def query(
        self, connection: sqlite3.Connection, sql: str, parameter_sets: Sequence[Mapping[str, Any]]
    ) -> list[list[tuple[Any, ...]]]:
        """Return the rows of `sql` for each parameter set, at most `size()`; the first runs on `connection`, here.

        Raises what SQLite raises, after all queries have ended.
        """
        from concurrent.futures import ThreadPoolExecutor, wait

        assert self._connections is not None
        if self._threads is None:
            self._threads = ThreadPoolExecutor(len(self._connections), thread_name_prefix="tracetui-search")
        others = [
            self._threads.submit(_rows, other, sql, parameters)
            for other, parameters in zip(self._connections, parameter_sets[1:], strict=False)
        ]
        try:
            first = _rows(connection, sql, parameter_sets[0])
        finally:
            wait(others)
        return [first, *(other.result() for other in others)]

    def close(self) -> None:
        """Close the connections."""
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
                former_layout.adapt(connection)
                self._prepare(connection)
                if paths.identity(self._path) != self._file:  # another file is at the path now
                    connections.pop().close()
                    return
        except (sqlite3.Error, OSError):
            pass  # the search uses the connections that were opened


def _rows(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with faults_told():
        return connection.execute(sql, parameters).fetchall()


def _processor_count() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
