"""Finds and opens the trace file of a command."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..store.file import paths, schema
from ..store.file.errors import OPEN_ERRORS, READ_ERRORS, explain
from ..store.file.schema import NotATraceFileError
from ..store.read.reader import Reader
from ..store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError
from ..store.text.safe_text import safe_line
from .errors import CommandError

LAST = ("last", "latest")
"""Words for the newest trace, in place of an id."""


def path_of(named: Path | None) -> Path:
    """Returns the trace file that was named, or that of the project; for a folder, that of the folder's project."""
    if named is None or os.path.isdir(named):  # which takes what it may not look at for no folder
        return paths.default_path(named)
    return named


@contextmanager
def opened(named: Path | None) -> Iterator[Reader]:
    """Opens a reader of the trace file. Raises CommandError for a file that cannot be read."""
    path = path_of(named)
    try:
        reader = Reader(path)
    except FileNotFoundError:
        raise CommandError(
            f"no trace file at {path}: run a traced program, name another file by --db or ${paths.VARIABLE},"
            " or try `tracetui demo`"
        ) from None
    except OPEN_ERRORS as error:
        raise CommandError(explain(path, error)) from None
    try:
        with reader:
            yield reader
    except READ_ERRORS as error:  # not an OSError, which is of what the command writes
        raise CommandError(explain(path, error)) from None


@contextmanager
def changing(path: Path) -> Iterator[int]:
    """Yields the layout version of the trace file at `path`, which the caller changes.

    Raises CommandError for a file that is missing, that is not a trace file, or that fails during the change.
    """
    try:
        if not path.exists():
            raise CommandError(f"no trace file at {path}: there is nothing to change")
        if not path.is_file():
            raise NotATraceFileError(f"{path} is not a file")
        yield check_ours(path)
    except OPEN_ERRORS as error:
        raise CommandError(explain(path, error)) from None


def look_at(path: Path) -> None:
    """Raise CommandError if nothing can be recorded into `path`. The file may be missing or have an older layout."""
    try:
        if path.exists():
            if not path.is_file():
                raise NotATraceFileError(f"{path} is not a file")
            check_ours(path)
    except OPEN_ERRORS as error:
        raise CommandError(explain(path, error)) from None


def check_ours(path: Path) -> int:
    """Returns the layout version of the file. Raises NotATraceFileError for another program's or a newer database."""
    # Opening for writing would change the journal mode of another program's database.
    connection = schema.open_for_reading(path)
    try:
        schema.check_version(connection, path, older_is_fine=True)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)
    finally:
        connection.close()


def is_trace_id(text: str) -> bool:
    """Whether a text names a trace, as `find_trace` takes it, rather than being a filter."""
    return re.fullmatch(r"(?:last|latest)(?:~\d+)?|(?:tr-)?[0-9a-fA-F]{3,32}", text) is not None


def find_trace(reader: Reader, wanted: str) -> int:
    """Returns the trace.id of `wanted`: an id in hex, its first digits, `last`, or `last~1` for the one before.

    Raises CommandError.
    """
    word, _, before = wanted.partition("~")
    if word in LAST and (before.isdecimal() or word == wanted):
        back = int(before[:9] or 0)
        newest = reader.newest_traces(back + 1)
        if not newest:
            raise CommandError(f"{reader.path} has no traces yet")
        if len(newest) <= back:
            raise CommandError(f"{wanted}: {reader.path} has {len(newest):,} traces only")
        return newest[0]
    try:
        return reader.find_trace(wanted)
    except TraceNotFoundError as error:
        raise CommandError(f"{error}; `tracetui ls` lists the traces") from None
    except AmbiguousIdError as error:
        listed = "".join(f"\n  {trace_id}  {safe_line(name)}" for trace_id, name in error.candidates)
        raise CommandError(f"several traces begin with {wanted!r}; give more digits:{listed}") from None
