"""A read-only connection to one trace file: short queries with a time limit, rows with checked types."""

from __future__ import annotations

import math
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from ..file import former_layout, paths, schema
from ..file.errors import DamagedFileError, EndlessFileError, explain
from ..file.schema import NotATraceFileError
from ..model import decoding
from ..model.column_types import ColumnTypes

if TYPE_CHECKING:
    from pathlib import Path

    from .connection_pool import ConnectionPool

QUERY_TIMEOUT_S = 10.0
"""The time limit of a short query: in a damaged file, pages may refer to each other in a ring, and it never ends."""

_STEPS_BETWEEN_CHECKS = 100_000
"""SQLite calls the progress handler after this many steps, which take some milliseconds."""

_Row = TypeVar("_Row", bound=tuple[Any, ...])


class ReadConnection:
    """A read-only connection to the trace file at `path`, for one thread at a time.

    Raises FileNotFoundError when there is no such file, NotATraceFileError when the file is not a trace file that this
    version reads, and sqlite3.Error when a read fails. While the file has no tables, every query returns no rows.
    """

    def __init__(self, path: Path, *, timeout_s: float = QUERY_TIMEOUT_S) -> None:
        """Open the file. A short query that takes longer than `timeout_s` raises EndlessFileError."""
        if not path.exists():
            raise FileNotFoundError(f"no trace file at {path}")
        if not path.is_file():
            raise NotATraceFileError(f"{path} is not a file")
        self.path = path
        self._file = paths.identity(path)
        self._pool: ConnectionPool | None = None
        self._has_filter_functions = False
        self.connection = schema.open_for_reading(path)
        """The SQLite connection, for `store.read.search` and compiled filters."""
        self._deadline = math.inf
        self._timeout_s = timeout_s
        # The progress handler also lets Python handle a Ctrl-C during a long query.
        self.connection.set_progress_handler(self._is_overdue, _STEPS_BETWEEN_CHECKS)
        self.ready = False
        """Whether the file has its tables; `check_ready` checks again."""
        self._column_types: dict[type[tuple[Any, ...]], ColumnTypes] = {}
        try:
            self.check_ready()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection and the connections of its pool."""
        if self._pool is not None:
            self._pool.close()
        self.connection.close()

    def interrupt(self) -> None:
        """Abort the query that another thread is running on this connection, if any."""
        with suppress(sqlite3.ProgrammingError):  # another thread has closed the connection
            self.connection.interrupt()

    def pool(self) -> ConnectionPool:
        """Return the additional connections that a search uses for parallel queries."""
        if self._pool is None:
            from .connection_pool import ConnectionPool

            self._pool = ConnectionPool(self.path, self._file)
        return self._pool

    def register_filter_functions(self) -> None:
        """Register the functions that compiled filters call, unless the connection has them already."""
        if not self._has_filter_functions:
            from ..filter.sql.functions import register

            register(self.connection)
            self._has_filter_functions = True

    def check_ready(self) -> bool:
        """Check again whether the file has its tables, and return `ready`."""
        if not self.ready:
            try:
                self.check_version()
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
                    raise NotATraceFileError(explain(self.path, error)) from error
                raise
        return self.ready

    def check_version(self) -> None:
        """Check the layout of the file again, which may change while the file is open. Raises NotATraceFileError."""
        self.ready = schema.check_version(self.connection, self.path)
        if self.ready and former_layout.adapt(self.connection) and self._pool is not None:
            self._pool.close()  # its connections fit the layout that the file had before
            self._pool = None

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """Return all rows of a short query; none while the file has no tables."""
        if not self.ready and not self.check_ready():
            return []
        self._deadline = time.monotonic() + self._timeout_s
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as error:
            if time.monotonic() > self._deadline and getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise EndlessFileError(self.path, "a short query does not end") from None
            if not str(error).startswith("Could not decode to UTF-8"):
                raise
            self.connection.text_factory = decoding.decode_text  # slower, so only for files that contain such text
            return self.connection.execute(sql, parameters).fetchall()
        finally:
            self._deadline = math.inf

    def value(self, sql: str, *, default: Any) -> Any:
        """Return the first column of the first row of a short query, or `default` if there is no row."""
        rows = self.rows(sql)
        return rows[0][0] if rows else default

    def typed_rows(self, row: type[_Row], rows: list[tuple[Any, ...]]) -> list[_Row]:
        """Return `rows` as instances of `row`. Raises DamagedFileError when a value has not the type of its column."""
        types = self._column_types.get(row)
        if types is None:
            types = self._column_types[row] = ColumnTypes(row)
        if mismatch := types.mismatch(rows):
            raise DamagedFileError(self.path, mismatch)
        return list(map(row._make, rows))  # type: ignore[attr-defined]

    def _is_overdue(self) -> bool:
        return time.monotonic() > self._deadline
