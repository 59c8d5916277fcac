"""Reading the trace file of a running demo."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

WAIT_S = 20.0
"""How long an answer may take on a busy machine before the test fails."""


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a trace file; none when the file is not there yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
