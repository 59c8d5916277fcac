"""Traced programs in processes of their own, and queries on the files that they write."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

IMPATIENT = """\
from tracetui.tracer.recording.retry import RetryLoop
set_deadline = RetryLoop.set_deadline
RetryLoop.set_deadline = lambda loop, patience_s: set_deadline(loop, min(patience_s, 0.2))
"""
"""First lines of a program that cannot write its file: at its end it makes one attempt, however slow the machine, and
does not repeat it for ten seconds."""


def run_program(
    text: str, db: Path, *, first: str = "", check: bool = True, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the lines of `first` and `text` as a program that records into `db`."""
    return subprocess.run(
        [sys.executable, "-c", first + textwrap.dedent(text)],
        env={**os.environ, "TRACETUI_DB": str(db), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=check,
    )


def query(db: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a trace file."""
    connection = sqlite3.connect(db)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()
