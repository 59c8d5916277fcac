"""Opening the trace file that a command is about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..store.file import paths, schema
from ..store.file.errors import FAILURES, UNREADABLE, explain
from ..store.file.schema import NotATraceFileError
from ..store.read.reader import Reader
from ..store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError
from ..store.text.safe_text import safe_line
from .errors import CommandError

LAST = ("last", "latest")
"""Stand for the newest trace where an id is asked for."""


def path_of(named: Path | None) -> Path:
    """The trace file that was named, or that of the project; a folder stands for the project it belongs to."""
    if named is None or os.path.isdir(named):  # which takes what it may not look at for no folder
        return paths.default_path(named)
    return named


@contextmanager
def opened(named: Path | None) -> Iterator[Reader]:
    """A reader of the trace file; whatever is wrong with it becomes a CommandError."""
    path = path_of(named)
    try:
        reader = Reader(path)
    except FileNotFoundError:
        raise CommandError(
            f"no trace file at {path}: run a traced program, name a file by --db or ${paths.VARIABLE},"
            " or see `tracetui demo`"
        ) from None
    except FAILURES as error:
        raise CommandError(explain(path, error)) from None
    try:
        with reader:
            yield reader
    except UNREADABLE as error:  # not an OSError, which is of what the command writes
        raise CommandError(explain(path, error)) from None


@contextmanager
def changing(path: Path) -> Iterator[int]:
    """The layout of the trace file at `path`; what is wrong with the file while a command changes it becomes a
    CommandError.

    Raises it too where there is no file, and before anything is changed for a file that is not ours.
    """
    try:
        if not path.exists():
            raise CommandError(f"no trace file at {path}: there is nothing to change")
        if not path.is_file():
            raise NotATraceFileError(f"{path} is not a file")
        yield check_ours(path)
    except FAILURES as error:
        raise CommandError(explain(path, error)) from None


def look_at(path: Path) -> None:
    """Raise CommandError if what is at `path` can never be recorded into; it may be yet to come, or older."""
    try:
        if path.exists():
            if not path.is_file():
                raise NotATraceFileError(f"{path} is not a file")
            check_ours(path)
    except FAILURES as error:
        raise CommandError(explain(path, error)) from None


def check_ours(path: Path) -> int:
    """The layout of the file; raise NotATraceFileError if it is another program's database, or a newer tracetui's."""
    # Opening for writing changes the journal mode, which no other program's database should suffer.
    connection = schema.open_for_reading(path)
    try:
        schema.check_version(connection, path, older_is_fine=True)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)
    finally:
        connection.close()


def find_trace(reader: Reader, wanted: str) -> int:
    """The trace.id that `wanted` names: hex digits, the first few of them, or `last`."""
    if wanted in LAST:
        bounds = reader.trace_bounds()
        if bounds is None:
            raise CommandError(f"{reader.path} has no traces yet")
        return bounds[1]
    try:
        return reader.find_trace(wanted)
    except TraceNotFoundError as error:
        raise CommandError(f"{error}; `tracetui ls` lists them") from None
    except AmbiguousIdError as error:
        listed = "".join(f"\n  {trace_id}  {safe_line(name)}" for trace_id, name in error.candidates)
        raise CommandError(f"several traces begin with {wanted!r}, give more digits:{listed}") from None
