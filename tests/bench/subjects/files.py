"""Size and rows of a SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def size_bytes(path: Path) -> int:
    """The file and its log, after the log has been moved into the file."""
    connection = sqlite3.connect(path, timeout=30)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def row_count(path: Path, table: str) -> int:
    """Rows of `table`, a constant of these benchmarks."""
    connection = sqlite3.connect(path, timeout=30)
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return int(count)
