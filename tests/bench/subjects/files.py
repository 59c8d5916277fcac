"""Size and rows of a SQLite file, and a disk that is full for it."""

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


def forbid_growth() -> None:
    """From now on every write of this process to a file fails beyond its first page, much as on a full disk."""
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, resource.RLIM_INFINITY))
