"""Explain errors of a trace file to the user: the file, what is wrong with it, and what to do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from ..text.safe_text import safe_line
from .schema import NotATraceFileError

READ_ERRORS = (sqlite3.Error, NotATraceFileError, UnicodeDecodeError)
"""The exceptions of queries. UnicodeDecodeError: Python cannot decode the message of SQLite about a damaged schema."""

OPEN_ERRORS = (OSError, *READ_ERRORS)
"""The exceptions of opening the file."""

_DAMAGED = (
    "is damaged ({why}): move it away, and the next traced program begins a new one;"
    " `sqlite3 {name} .recover` saves what can be read"
)
_SENTENCES = {
    "SQLITE_NOTADB": "is not an SQLite database, so not a trace file",
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_FORMAT": _DAMAGED,
    "SQLITE_MISMATCH": _DAMAGED,
    "SQLITE_TOOBIG": _DAMAGED,
    "SQLITE_ERROR": _DAMAGED,  # our own SQL fails only when a table or a column is missing
    "SQLITE_FULL": "cannot grow, the disk is full: make some room on it, and try again",
    "SQLITE_READONLY": "cannot be written: look at the permissions of the file, of {name}-wal and of the folder",
    "SQLITE_PERM": "cannot be opened: look at the permissions of the file and of the folder",
    "SQLITE_CANTOPEN": (
        "cannot be opened ({why}): look at the permissions of the file and its folder, or copy {name}* to a folder"
        " that can be written"
    ),
    "SQLITE_AUTH": "cannot be opened: look at the permissions of the file and of the folder",
    "SQLITE_BUSY": "is in use by another program for too long: try again",
    "SQLITE_LOCKED": "is in use by another program for too long: try again",
    "SQLITE_PROTOCOL": "is in use by another program for too long: try again",
    "SQLITE_IOERR": "cannot be read or written ({why}): look at the disk, or copy {name}* to a local one",
    "SQLITE_NOMEM": "cannot be read: there is not enough memory",
}
"""Messages by the result code of SQLite; an extended code begins with its primary code."""

_MIN_FREE_BYTES = 1 << 16
"""With less free space, SQLite cannot create the index of the write-ahead log, which takes half of it."""

_FILE_CODES = (
    *("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_FULL"),
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_NOMEM"),
)


class DamagedFileError(NotATraceFileError):
    """The file has a value of the wrong type, or rows in the wrong order."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {_DAMAGED.format(why=why, name=path.name)}")


class EndlessFileError(DamagedFileError):
    """A query that is short in any undamaged file did not end."""


def explain(path: Path, error: BaseException) -> str:
    """Return what `error` of the trace file at `path` means for the user: one line, safe for a terminal."""
    shown = safe_line(str(path))
    if isinstance(error, NotATraceFileError):
        return safe_line(str(error))
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorname", None) or ("SQLITE_CORRUPT" if _is_data_error(error) else "")
        if code.startswith("SQLITE_IOERR") and _is_full(path):
            code = "SQLITE_FULL"
        message = next(
            (message for known, message in _SENTENCES.items() if code.startswith(known)), "cannot be used: {why}"
        )
        return f"{shown} {message.format(why=safe_line(str(error)), name=safe_line(path.name))}"
    if isinstance(error, UnicodeDecodeError):
        return f"{shown} {_DAMAGED.format(why='its tables have no names', name=safe_line(path.name))}"
    if isinstance(error, FileNotFoundError):
        return f"there is no trace file at {shown}"
    if isinstance(error, OSError):
        return f"{shown} cannot be used: {safe_line(error.strerror or str(error))}"
    return f"{shown} cannot be used: {safe_line(str(error))}"


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _MIN_FREE_BYTES
    except OSError:
        return False


def is_file_error(error: BaseException) -> bool:
    """Whether the file causes the error, and not the statement."""
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_FILE_CODES)


def is_transient(error: BaseException) -> bool:
    """Whether a retry may succeed: another process uses the file, or the query was interrupted."""
    code = getattr(error, "sqlite_errorname", None) or ""
    return code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT"))


def _is_data_error(error: sqlite3.Error) -> bool:
    # The sqlite3 module raises these without a code of SQLite: for text that is not UTF-8, or for a blob too large.
    return isinstance(error, sqlite3.DataError | sqlite3.OperationalError)
