"""`tracetui migrate`: a trace file brought to this version's layout, as any traced process would do.

What the layout has new of traces is filled from their spans, which a traced process has no time for.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ...store import schema
from ...store.rederive import Progress, rederive
from .failure import CommandError, say
from .progress import ProgressLine
from .trace_file import path_of


def migrate(db: Path | None) -> None:
    """Migrate the file and say what it has now."""
    path = path_of(db)
    if not path.is_file():
        raise CommandError(f"no trace file at {path}: there is nothing to migrate")
    line = ProgressLine(Progress(0, 0, 0, 0), lambda progress: f"{progress.spans:,} spans")
    try:
        is_older = check_ours(path) < schema.VERSION
        schema.open_for_writing(path).close()
        if is_older:
            rederive(path, None, line)
    except (sqlite3.Error, OSError, schema.NotATraceFileError) as error:
        raise CommandError(f"cannot migrate {path}: {error}") from None
    say(f"{path} has layout {schema.VERSION}")


def check_ours(path: Path) -> int:
    """The layout of the file; raise NotATraceFileError if it is another program's database."""
    # Opening for writing changes the journal mode, which no other program's database should suffer.
    connection = schema.open_for_reading(path)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != schema.APPLICATION_ID:
            schema.check_version(connection, path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)
    finally:
        connection.close()
