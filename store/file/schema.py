"""Open the trace file for writing or reading, check its layout, and migrate it to the layout of this version.

`migrations` defines the tables and views.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from . import former_layout, paths
from .busy_wait import BusyWait, retry_pause_s
from .migrations import MIGRATIONS

APPLICATION_ID = 0x74747569
"""`ttui` in ASCII, in the SQLite header: distinguishes a trace file from any other database."""

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for the transaction of another writer, which usually takes milliseconds."""

_TRY_MS = 10
"""How long SQLite waits for the lock in each try of a migration."""

VERSION = len(MIGRATIONS)

METADATA = (
    "CASE WHEN t.facts IS NULL THEN t.metadata ELSE json_patch("
    "(SELECT entries FROM facts WHERE id = t.facts), iif(json_valid(t.metadata), t.metadata, json_object())) END"
)
"""An expression for the metadata of the trace `t`: its own, and the facts of the process of its root."""

PREVIEW_CHARS = 240
"""The length of the previews of the root's inputs and outputs in the row of the trace, for lists. Shorter inputs and
outputs are not stored a second time: previews of short questions took a sixth of the file."""

REQUEST_PREVIEW, RESPONSE_PREVIEW = (
    f"coalesce(t.{shown}, (SELECT substr({whole}, 1, {PREVIEW_CHARS}) FROM payload_texts WHERE span = t.root))"  # noqa: S608
    for shown, whole in (("request_preview", "whole_inputs"), ("response_preview", "whole_outputs"))
)
"""Expressions for the first characters of the inputs and outputs of the trace `t`."""

MAX_IDLE_WAL_BYTES = 32 << 20
"""The size to which SQLite truncates the write-ahead log after a checkpoint. Without a limit, a log that grew during a
long read would keep its size while any process has the file open. The usual size is 4 to 12 MB."""


class NotATraceFileError(Exception):
    """The file is not a trace file that this version can use; the message says what to do."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection in WAL mode to the trace file at `path`; creates or migrates the file if needed.

    Raises OSError or sqlite3.Error when the path cannot be written, and NotATraceFileError for any other file. Any
    number of processes may call this for one path at the same time.
    """
    paths.create_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        check_version(connection, path, older_is_fine=True)  # before any change: it may be another program's file
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {MAX_IDLE_WAL_BYTES}")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_uri(uri: str, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, factory=factory
    )


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Return a read-only connection in autocommit mode, which never delays a checkpoint.

    Raises sqlite3.Error when the file cannot be opened; call `check_version` before the first query.
    """
    uri = path.absolute().as_uri() + ("?mode=ro&immutable=1" if is_frozen(path) else "?mode=ro")
    connection = _connect_uri(uri, sqlite3.Connection)
    if former_layout.is_former(connection):
        connection.close()
        connection = _connect_uri(uri, former_layout.FormerConnection)
    try:
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def is_frozen(path: Path) -> bool:
    """Whether the file must be opened as immutable: its folder is read-only, and no process is writing the file.

    To read a file in WAL mode, SQLite needs a log and an index next to the file, and creates missing ones.
    """
    if os.access(path.parent, os.W_OK):
        return False
    return not any(path.with_name(path.name + beside).exists() for beside in ("-wal", "-shm"))


def check_version(connection: sqlite3.Connection, path: Path, *, older_is_fine: bool = False) -> bool:
    """Whether the file has its tables; another process may be about to create the tables of an empty file.

    Raises NotATraceFileError for another program's file, and for a layout that this version does not read. Readers
    never migrate; they read the former layout by `former_layout.adapt`.
    """
    # One statement, so that it sees a file that another process is creating before or after, not in between.
    try:
        version, application, is_empty = connection.execute(
            "SELECT user_version, application_id, NOT EXISTS (SELECT 1 FROM sqlite_schema)"
            " FROM pragma_user_version, pragma_application_id"
        ).fetchone()
    except UnicodeDecodeError:  # the message of SQLite contains the names of tables, which are not text
        raise NotATraceFileError(
            f"{path} is damaged (the names of its tables are not text): move it away, and the next traced program"
            " begins a new one"
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
    if version < former_layout.FIRST_READABLE and not older_is_fine:
        raise NotATraceFileError(
            f"{path} has the older layout {version}: any traced process of this version brings it to {VERSION},"
            " or run `tracetui migrate`"
        )
    return True


def _set_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for the exclusive lock of this change, and several processes may create the file at once.
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
        version = _version(connection)  # again: another process may have migrated the file
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
    """Begin a transaction; return False if another process has migrated the file in the meantime."""
    wait = BusyWait(BUSY_TIMEOUT_S)
    while _version(connection) != VERSION:
        try:
            connection.execute(f"PRAGMA busy_timeout = {_TRY_MS}")
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            (commits,) = connection.execute("PRAGMA data_version").fetchone()
            if not wait.should_retry(error, commits):
                raise
            time.sleep(retry_pause_s())
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
    return False


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> list[str]:
    # executescript() commits first, but a migration must be one transaction.
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
