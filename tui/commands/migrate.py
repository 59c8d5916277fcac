"""`tracetui migrate`: a trace file brought to this version's layout, as any traced process would do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ...store import schema
from .failure import CommandError, say
from .trace_file import path_of


def migrate(db: Path | None) -> None:
    """Migrate the file and say what it has now."""
    path = path_of(db)
    if not path.is_file():
        raise CommandError(f"no trace file at {path}: there is nothing to migrate")
    try:
        check_ours(path)
        schema.open_for_writing(path).close()
    except (sqlite3.Error, OSError, schema.NotATraceFileError) as error:
        raise CommandError(f"cannot migrate {path}: {error}") from None
    say(f"{path} has layout {schema.VERSION}")


def check_ours(path: Path) -> None:
    """Raise NotATraceFileError if the file is another program's database."""
    # Opening for writing changes the journal mode, which no other program's database should suffer.
    connection = schema.open_for_reading(path)
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != schema.APPLICATION_ID:
            schema.check_version(connection, path)
    finally:
        connection.close()
