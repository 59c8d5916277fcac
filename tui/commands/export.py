"""`tracetui export`: one trace as a JSON document, or the traces of a filter in one of several formats."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...store.file.private_file import write_atomically
from ...store.filter import parse
from ...store.model.rows import TraceRow
from ...store.read import attachment_files
from ...store.read.export import export_trace, write_trace
from ...store.text.safe_text import safe_lines
from ..errors import USAGE, CommandError, say
from ..file_argument import find_trace, opened
from .export_formats import FORMATS
from .ls import explained, matching


def export(db: Path | None, trace_id: str, target: str, attachments: Path | None, *, replace: bool) -> None:
    """Write the trace to the file `target`, `-` for stdout, and its attachments to the folder `attachments`, if given.

    Raises CommandError for an existing file, unless `replace` is set.
    """
    with opened(db) as reader:
        trace = find_trace(reader, trace_id)
        now_ns = time.time_ns()
        files = None
        if attachments is not None:
            try:
                files = attachment_files.write(reader, trace, attachments, replace=replace)
            except OSError as error:
                raise _cannot_write(error, attachments) from None
        if target == "-":
            sys.stdout.writelines(export_trace(reader, trace, now_ns=now_ns, attachment_files=files))
            return
        path = Path(target)
        try:
            write_trace(reader, trace, path, now_ns=now_ns, attachment_files=files, replace=replace)
        except OSError as error:
            raise _cannot_write(error, path) from None
        say(f"wrote {path}")


def export_traces(
    db: Path | None, trace_id: str | None, filter_text: str, *, format: str, limit: int, target: str, replace: bool
) -> None:
    """Write one trace, or those that match the filter, newest first, in a format of `FORMATS`.

    `limit` 0 writes all. Raises CommandError.
    """
    with explained(filter_text), opened(db) as reader:
        now_ns = time.time_ns()
        if trace_id is not None:
            traces: Iterable[TraceRow] = reader.traces([find_trace(reader, trace_id)])
        else:
            query = parse(filter_text)
            if query.by is not None:
                raise CommandError("export writes traces, not groups: leave `| by(...)` out of the filter", USAGE)
            traces = matching(reader, query, limit, now_ns, reader.gone_processes(now_ns), utc=False)
        counted = _Counted(traces)
        pieces = FORMATS[format](reader, counted, now_ns)
        if target == "-":
            shown = sys.stdout.isatty()
            for piece in pieces:
                if isinstance(piece, bytes):
                    if shown:
                        raise CommandError(f"the format {format} is not for a terminal: write it to a file with -o")
                    sys.stdout.buffer.write(piece)
                else:
                    sys.stdout.write("\n".join(safe_lines(piece)) if shown else piece)
            return
        path = Path(target)
        try:
            write_atomically(path, map(encoded, pieces), replace=replace)
        except OSError as error:
            raise _cannot_write(error, path) from None
        say(f"wrote {counted.count:,} trace{'s' * (counted.count != 1)} to {path}")


def encoded(piece: str | bytes) -> bytes:
    """Return the bytes of a piece of a format."""
    return piece if isinstance(piece, bytes) else piece.encode(errors="replace")


class _Counted:
    """Traces, counted as they are written."""

    def __init__(self, traces: Iterable[TraceRow]) -> None:
        self._traces = traces
        self.count = 0

    def __iter__(self) -> Iterator[TraceRow]:
        for trace in self._traces:
            self.count += 1
            yield trace


def _cannot_write(error: OSError, path: Path) -> CommandError:
    if isinstance(error, FileExistsError):
        return CommandError(f"{error.filename or path} exists already: give --force to replace it, or another name")
    return CommandError(f"cannot write {path}: {error.strerror or error}")
