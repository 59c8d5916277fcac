"""The connection of one traced process to its trace file, and the row of the process: heartbeat and losses."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from ..file import loss_notes, paths, schema
from ..file.busy_wait import BusyWait, retry_pause_s
from ..file.process import Process
from ..model.sqlite_values import bindable
from ..text.json_text import encode
from .statements.transaction import Transaction

_INSERT_PROCESS = """
    INSERT INTO process (pid, host, service, command, python, started_ns, heartbeat_ns, rev)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

_HEARTBEAT = """
    UPDATE process SET heartbeat_ns = ?, dropped = ?, failed = ?, ended_ns = ?, rev = ?
    WHERE id = ?"""

_INSERT_FACTS = "INSERT INTO facts (entries) VALUES (?) ON CONFLICT DO NOTHING"
_SELECT_FACTS = "SELECT id FROM facts WHERE entries = ?"


Connect: TypeAlias = Callable[[Path], sqlite3.Connection]
"""Opens the trace file at a path for writing."""


class WriteConnection:
    """A connection that writes the trace file at `path`, with a row for the process. For one thread at a time."""

    def __init__(
        self,
        path: Path,
        process: Process,
        facts: Mapping[str, str] | None,
        *,
        busy_timeout_ms: int | None,
        connect: Connect | None,
    ) -> None:
        """Open or create the file, and insert the row of the process; see `Writer`."""
        self.path = path
        self._busy_timeout_ms = busy_timeout_ms
        self._open_file = connect or schema.open_for_writing
        self._connection = self._connect()
        self._is_released = False
        self._file = paths.identity(path)
        try:
            self._process, self._facts = self._register_with_retries(process, facts or {})
            self.apply_loss_notes()
        except BaseException:
            self.close()  # not left to the garbage collector: a fork in the meantime would copy the connection
            raise

    def is_in_place(self) -> bool:
        """Whether the open file is still the file at its path; it may have been deleted or replaced."""
        return paths.identity(self.path) == self._file

    def data_version(self) -> int | None:
        """Return a number that changes when another connection commits; None while the connection is released."""
        if self._is_released:
            return None
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    def heartbeat(self, now_ns: int, dropped: int, failed: int, *, ended: bool = False) -> None:
        """Write that the process is alive, or has ended, and what its tracer lost. Raises sqlite3.OperationalError."""
        with Transaction(self._connection) as transaction:
            rev = transaction.sequence[0] + 1
            ended_ns = now_ns if ended else None
            self._connection.execute(_HEARTBEAT, (now_ns, dropped, failed, ended_ns, rev, self._process))
            transaction.advance(rev=rev)

    def apply_loss_notes(self) -> None:
        """Write the losses of processes that could not write them at their end. Raises sqlite3.OperationalError."""
        if not loss_notes.has_notes(self.path):
            return
        with Transaction(self._connection) as transaction:
            rev, applied = loss_notes.apply_notes(self._connection, self.path, transaction.sequence[0])
            transaction.advance(rev=rev)
        loss_notes.delete_notes(self.path, applied)

    def release(self) -> None:
        """Close the connection before a fork, which no connection may survive. Call `resume` before the next use."""
        self._connection.close()
        self._is_released = True

    def resume(self) -> None:
        """Open the connection again after `release`; raises what `schema.open_for_writing` raises."""
        if self._is_released:
            self._connection = self._connect()
            self._is_released = False

    def close(self) -> None:
        """Close the connection; everything that was written stays in the file."""
        self._connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = self._open_file(self.path)
        if self._busy_timeout_ms is not None:
            connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        return connection

    def _register_with_retries(self, process: Process, facts: Mapping[str, str]) -> tuple[int, int | None]:
        """Retry with the open connection: opening the file for each try would slow down the other processes."""
        wait = BusyWait(2 * schema.BUSY_TIMEOUT_S)
        while True:
            try:
                return self._register(process, facts)
            except sqlite3.OperationalError as error:
                if not wait.should_retry(error, self.data_version()):
                    raise
                time.sleep(retry_pause_s())

    def _register(self, process: Process, facts: Mapping[str, str]) -> tuple[int, int | None]:
        """Insert the row of the process and its facts; return their ids."""
        facts_row = None
        with Transaction(self._connection) as transaction:
            rev = transaction.sequence[0] + 1
            values = (*map(bindable, process), process.started_ns, rev)
            row = self._connection.execute(_INSERT_PROCESS, values).lastrowid
            if facts:
                entries = encode(dict(sorted(facts.items()))).decode()
                self._connection.execute(_INSERT_FACTS, (entries,))
                (facts_row,) = self._connection.execute(_SELECT_FACTS, (entries,)).fetchone()
            transaction.advance(rev=rev)
        assert row is not None
        return row, facts_row
