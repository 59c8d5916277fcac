"""Writes a trace into the current directory, off the screen's thread, and says where it went."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..store.export import write_trace
from ..store.reader import Reader, TraceNotFoundError
from ..store.rows import TraceRow
from ..store.safe_text import safe_line
from ..store.schema import NotATraceFileError
from .messages import TraceExported


def export(post: Callable[[TraceExported], object], path: Path, trace: TraceRow, now_ns: int) -> None:
    """Write `trace-<first 12 hex digits>.json` of a trace of the file at `path`, and post what came of it."""
    target = Path.cwd() / f"trace-{trace.trace_id.hex()[:12]}.json"
    try:
        with Reader(path) as reader:
            write_trace(reader, trace.id, target, now_ns=now_ns)
    except (OSError, sqlite3.Error, NotATraceFileError, TraceNotFoundError) as error:
        post(TraceExported(target, str(error)))
    else:
        post(TraceExported(target))


def what_came_of(export: TraceExported) -> tuple[str, Literal["information", "error"]]:
    """A sentence about it, and how bad it is."""
    if export.error:
        return f"Not exported: {safe_line(export.error)}", "error"
    return f"{export.target.name} written to {safe_line(str(export.target.parent))}", "information"
