"""Exports a trace to the current directory, in a worker thread."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Literal

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.model.rows import TraceRow
from ...store.read.export import write_trace
from ...store.read.reader import Reader
from ...store.read.trace_lookup import TraceNotFoundError
from ...store.text.safe_text import safe_line
from ..feed.messages import TraceExported


def export(post: Callable[[TraceExported], object], path: Path, trace: TraceRow, now_ns: int) -> None:
    """Write a trace of the file at `path` to `trace-<first 12 hex digits>.json`, and post the result.

    Files that are there are kept: the next is `trace-<...>-2.json`.
    """
    name = f"trace-{trace.trace_id.hex()[:12]}"
    target = Path.cwd() / f"{name}.json"
    try:
        with Reader(path) as reader:
            for number in count(2):
                try:
                    write_trace(reader, trace.id, target, now_ns=now_ns)
                    break
                except FileExistsError:
                    target = target.with_name(f"{name}-{number}.json")
    except TraceNotFoundError as error:
        post(TraceExported(target, str(error)))
    except OSError as error:
        post(TraceExported(target, f"{target}: {error.strerror}" if error.strerror else str(error)))
    except OPEN_ERRORS as error:
        post(TraceExported(target, explain(path, error)))
    else:
        post(TraceExported(target))


def what_came_of(export: TraceExported) -> tuple[str, Literal["information", "error"]]:
    """Returns the notification of an export and its severity."""
    if export.error:
        return f"Not exported: {safe_line(export.error)}", "error"
    return f"{export.target.name} written to {safe_line(str(export.target.parent))}", "information"
