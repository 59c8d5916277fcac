"""What is wrong with a trace file, as a sentence for people: the file, what happened to it, and the way out."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from ..text.safe_text import safe_line
from .schema import NotATraceFileError

UNREADABLE = (sqlite3.Error, NotATraceFileError, UnicodeDecodeError)
"""What asking a trace file may raise; Python fails to decode what SQLite says of a schema that is damaged."""

FAILURES = (OSError, *UNREADABLE)
"""What opening it may raise."""

_DAMAGED = (
    "is damaged ({why}): move it away, and the next traced program begins a new one;"
    " `sqlite3 {name} .recover` saves what can be read"
)
_SENTENCES = {
    "SQLITE_NOTADB": "is no SQLite database, so not a trace file",
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_FORMAT": _DAMAGED,
    "SQLITE_MISMATCH": _DAMAGED,
    "SQLITE_TOOBIG": _DAMAGED,
    "SQLITE_ERROR": _DAMAGED,  # of our own questions: a table or a column is missing
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
"""By the result code of SQLite, whose longer codes begin with a shorter one."""


_LEAST_BYTES = 1 << 16
"""The index of the log takes half of it."""

_OF_FILE = (
    *("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_FULL"),
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL", "SQLITE_NOMEM"),
)


class DamagedFileError(NotATraceFileError):
    """The file holds something of another kind than belongs there."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {_DAMAGED.format(why=why, name=path.name)}")


class EndlessFileError(DamagedFileError):
    """A read that is short in any sound file did not end."""


def explain(path: Path, error: BaseException) -> str:
    """What `error` means for who asked for the trace file at `path`; one line, safe for a terminal."""
    shown = safe_line(str(path))
    if isinstance(error, NotATraceFileError):
        return safe_line(str(error))
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorname", None) or ("SQLITE_CORRUPT" if _is_of_data(error) else "")
        if code.startswith("SQLITE_IOERR") and _is_full(path):
            code = "SQLITE_FULL"
        said = next((said for known, said in _SENTENCES.items() if code.startswith(known)), "cannot be used: {why}")
        return f"{shown} {said.format(why=safe_line(str(error)), name=safe_line(path.name))}"
    if isinstance(error, UnicodeDecodeError):
        return f"{shown} {_DAMAGED.format(why='its tables have no names', name=safe_line(path.name))}"
    if isinstance(error, FileNotFoundError):
        return f"there is no trace file at {shown}"
    if isinstance(error, OSError):
        return f"{shown} cannot be used: {safe_line(error.strerror or str(error))}"
    return f"{shown} cannot be used: {safe_line(str(error))}"


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_BYTES
    except OSError:
        return False


def is_file_error(error: BaseException) -> bool:
    """Whether the file is the trouble, whatever was asked of it."""
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_OF_FILE)


def is_transient(error: BaseException) -> bool:
    """Whether it may be well in a moment: somebody else has the file just now, or a question was interrupted."""
    code = getattr(error, "sqlite_errorname", None) or ""
    return code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT"))


def _is_of_data(error: sqlite3.Error) -> bool:
    # Raised by Python's module without a code of SQLite: text that is no UTF-8, a blob that is too large.
    return isinstance(error, sqlite3.DataError | sqlite3.OperationalError)
