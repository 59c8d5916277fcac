"""`tracetui export`: one trace as the JSON document that `tracetui.store.read.export` describes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ...store.read import attachment_files
from ...store.read.export import export_trace, write_trace
from ..errors import CommandError, say
from ..file_argument import find_trace, opened


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


def _cannot_write(error: OSError, path: Path) -> CommandError:
    if isinstance(error, FileExistsError):
        return CommandError(f"{error.filename or path} exists already: give --force to replace it, or another name")
    return CommandError(f"cannot write {path}: {error.strerror or error}")
