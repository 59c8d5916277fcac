"""Queries on the trace file of a running demo."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

WAIT_S = 20.0
"""How long a test waits for an answer on a busy machine."""


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a trace file; none if the file does not exist yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
