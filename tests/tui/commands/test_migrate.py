"""`tracetui migrate` makes the layout of a file current."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tests.support.builders import TraceFile
from tests.tui.conftest import Run

if TYPE_CHECKING:
    from pathlib import Path


def test_migrate_makes_the_layout_current(run: Run, file: TraceFile, tmp_path: Path) -> None:
    """Of our files only: another program's database is left alone to the byte."""
    assert "has layout" in run("migrate").err
    foreign = tmp_path / "history.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE visits (url)")
    connection.close()
    before = foreign.read_bytes()
    ran = run("migrate", "--db", str(foreign))
    assert ran.code == 1
    assert "another program" in ran.err
    assert foreign.read_bytes() == before
