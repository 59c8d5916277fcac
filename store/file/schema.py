"""The trace file as a database: opening it to write or to read, bringing it to the layout of this version.

Its tables and views are in `migrations`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from . import paths
from .busy_wait import BusyWait, retry_pause_s
from .migrations import MIGRATIONS

APPLICATION_ID = 0x74747569
"""`ttui` in ASCII, in the SQLite header: tells a trace file from any other database."""

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another writer's transaction; ours last milliseconds."""

_LOOK_MS = 10
"""How long SQLite waits for a lock at a time where a process waits for its turn."""

VERSION = len(MIGRATIONS)

METADATA = (
    "CASE WHEN t.facts IS NULL THEN t.metadata ELSE json_patch("
    "(SELECT entries FROM facts WHERE id = t.facts), iif(json_valid(t.metadata), t.metadata, json_object())) END"
)
"""The metadata of the trace `t` as an expression: what was said of it, and what its root's process told of itself."""

PREVIEW_CHARS = 240
"""Of the root's inputs and outputs kept on the trace's own row, for lists. What is no longer than this is not kept
twice: a list of short questions took a sixth of the file."""

REQUEST_PREVIEW, RESPONSE_PREVIEW = (
    f"coalesce(t.{shown}, (SELECT substr({whole}, 1, {PREVIEW_CHARS}) FROM payload WHERE span = t.root))"  # noqa: S608
    for shown, whole in (("request_preview", "inputs"), ("response_preview", "outputs"))
)
"""The beginnings of what the trace `t` was asked and answered, as expressions."""

MAX_IDLE_WAL_BYTES = 32 << 20
"""Of the write-ahead log, once it is in the file: one that grew while a reader held a transaction open would keep its
size as long as anybody has the file open. Usually it has 4 to 12 MB."""


class NotATraceFileError(Exception):
    """The file is there, but it is no trace file that this version can use; the message says what to do."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode to the trace file at `path`, created or migrated as needed.

    Raises OSError or sqlite3.Error when the place cannot be written, NotATraceFileError for a file that
    is not ours. Any number of processes may call this on one path at once.
    """
    paths.create_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        check_version(connection, path, older_is_fine=True)  # before anything of another program's file is changed
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {MAX_IDLE_WAL_BYTES}")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that can only read, in autocommit, so that it never holds a checkpoint back.

    Raises sqlite3.Error when the file cannot be opened; call `check_version` before the first query.
    """
    uri = path.absolute().as_uri() + ("?mode=ro&immutable=1" if is_frozen(path) else "?mode=ro")
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def is_frozen(path: Path) -> bool:
    """Whether the file at `path` can only be read as it is: its folder cannot be written, and nobody is writing it.

    SQLite reads a file in WAL mode by a log and an index beside it, and makes them where there are none.
    """
    if os.access(path.parent, os.W_OK):
        return False
    return not any(path.with_name(path.name + beside).exists() for beside in ("-wal", "-shm"))


def check_version(connection: sqlite3.Connection, path: Path, *, older_is_fine: bool = False) -> bool:
    """Whether the file has its tables yet; an empty file is one that a server is about to fill.

    Raises NotATraceFileError for a foreign file or one of a newer version. Readers check, they never migrate.
    """
    # One statement, so that a file which another process is making just now is seen before or after, not between.
    try:
        version, application, is_empty = connection.execute(
            "SELECT user_version, application_id, NOT EXISTS (SELECT 1 FROM sqlite_schema)"
            " FROM pragma_user_version, pragma_application_id"
        ).fetchone()
    except UnicodeDecodeError:  # SQLite's complaint quotes the names of tables, which are no text
        raise NotATraceFileError(
            f"{path} is damaged (the names of its tables are no text): move it away, and the next traced program begins"
            " a new one"
        ) from None
    if application != APPLICATION_ID:
        if version == 0 and is_empty:
            return False
        raise NotATraceFileError(f"{path} is a database of another program, not a tracetui trace file")
    if version < 0 or (version == 0 and not is_empty):
        raise NotATraceFileError(
            f"{path} has layout {version}, which no tracetui makes: its header was changed; restore it from a copy, or"
            " move it away, and the next traced program begins a new one"
        )
    if version > VERSION:
        raise NotATraceFileError(
            f"{path} has layout {version}, this tracetui reads up to {VERSION}: upgrade with `pip install -U tracetui`"
        )
    if version < VERSION and not older_is_fine:
        raise NotATraceFileError(
            f"{path} has the older layout {version}: any traced process of this version brings it to {VERSION},"
            " or run `tracetui migrate`"
        )
    return True


def _set_wal(connection: sqlite3.Connection) -> None:
    # Changing the journal mode takes an exclusive lock without waiting for it: several processes may be first at once.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        with suppress(sqlite3.OperationalError):
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        if time.monotonic() > deadline:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        time.sleep(0.01)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if not _begin_migration(connection):
        return
    try:
        version = _version(connection)  # again: another process may have been first
        check_version(connection, path, older_is_fine=True)
        for step in MIGRATIONS[version:]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin_migration(connection: sqlite3.Connection) -> bool:
    """Begin a transaction; False where another process brings the file to this layout meanwhile, and writes on."""
    turn = BusyWait(BUSY_TIMEOUT_S)
    while _version(connection) != VERSION:
        try:
            connection.execute(f"PRAGMA busy_timeout = {_LOOK_MS}")
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            (commits,) = connection.execute("PRAGMA data_version").fetchone()
            if not turn.should_retry(error, commits):
                raise
            time.sleep(retry_pause_s())
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
    return False


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> list[str]:
    # executescript() commits first, which would break the one transaction of a step.
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
