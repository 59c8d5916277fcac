"""`tracetui merge` and `tracetui snap`: traces of trace files into another trace file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...store.filter import parse
from ..child_processes.document_import import import_documents
from ..errors import USAGE, CommandError
from ..file_argument import look_at, opened, path_of
from .ls import explained


def merge(target: Path, files: Sequence[Path]) -> int:
    """Write the traces of trace files into `target`, each span once; returns the exit code. Raises CommandError."""
    look_at(target)
    for file in files:
        with opened(file):
            pass
        if target.exists() and file.samefile(target):
            raise CommandError(f"{file} is the target; name only the files to add", USAGE)
    return import_documents(target, files)


def snap(db: Path | None, target: Path, filter_text: str) -> int:
    """Write the traces that match into a new trace file; returns the exit code. Raises CommandError."""
    if target.exists():
        raise CommandError(f"{target} exists already; name a new file")
    path = path_of(db)
    with explained(filter_text), opened(path):
        if parse(filter_text).by is not None:
            raise CommandError("snap copies traces, not groups: leave `| by(...)` out of the filter", USAGE)
    return import_documents(target, [path], filter_text=filter_text)
