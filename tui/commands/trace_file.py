"""Opening the trace file that a command is about."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...store import paths
from ...store.reader import AmbiguousIdError, Reader, TraceNotFoundError
from ...store.safe_text import safe_line
from ...store.schema import NotATraceFileError
from .failure import CommandError

LAST = ("last", "latest")
"""Stand for the newest trace where an id is asked for."""


def path_of(named: Path | None) -> Path:
    """The trace file that was named, or that of the project; a folder stands for the project it belongs to."""
    if named is None or named.is_dir():
        return paths.default_path(named)
    return named


@contextmanager
def opened(named: Path | None) -> Iterator[Reader]:
    """A reader of the trace file; whatever is wrong with it becomes a CommandError."""
    path = path_of(named)
    try:
        with Reader(path) as reader:
            yield reader
    except FileNotFoundError:
        raise CommandError(
            f"no trace file at {path}: run a traced program, name a file by --db or ${paths.VARIABLE},"
            " or see `tracetui demo`"
        ) from None
    except (NotATraceFileError, PermissionError) as error:
        raise CommandError(str(error)) from None
    except sqlite3.Error as error:
        way_out = "" if os.access(path.parent, os.W_OK) else f"; copy {path.name}* to a folder that can be written"
        raise CommandError(f"cannot read {path}: {error}{way_out}") from None


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
