"""Files that cannot be read, written or made smaller: one plain line in every command and in the explorer."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import Run, explorer
from tracetui.store.file import schema
from tracetui.tui.widgets.banner import Banner
from tracetui.tui.widgets.status_line import StatusLine

COMMANDS = (
    *("ls", "ls --json", "ls -fx>1", "ls -f|by(model)", "export last", "sql SELECT_1", "migrate", "rederive"),
    *("prune --keep=1 --yes", "prune --older-than=1d --dry-run", "run true"),
)


def _sql(statements: str) -> Callable[[Path], object]:
    def ruin(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(statements)
        connection.close()

    return ruin


def _foreign(path: Path) -> None:
    path.unlink()
    _sql("CREATE TABLE visits (url)")(path)


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(5_000)


def _folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / ".git").mkdir()
    (path / ".tracetui").mkdir()
    (path / ".tracetui" / "traces.db").write_bytes(b"none" * 400)


def _pipe_in_its_place(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


TROUBLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda path: path.write_text("my notes " * 200), "is not an SQLite database"),
    "foreign": (_foreign, "is a database of another program"),
    "newer": (_sql(f"PRAGMA user_version = {schema.VERSION + 1}"), "upgrade with `pip install -U tracetui`"),
    "below zero": (_sql("PRAGMA user_version = -7"), "has layout -7, which no tracetui makes"),
    "schema": (
        _sql("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE X' WHERE name = 'trace'"),
        "is damaged (",
    ),
    "names": (
        _sql("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = CAST(x'fffe' AS TEXT), sql = 'CREATE X'"),
        "is damaged (",
    ),
    "cut": (_cut, "is damaged ("),
    "pipe": (_pipe_in_its_place, "is not a file"),
    "folder": (_folder_in_its_place, "is not an SQLite database"),
}


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A trace file that nobody has open."""
    file = TraceFile(tmp_path / "traces.db")
    for _ in range(40):
        file.trace().span(inputs="x" * 4_000)
    file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    return file.path


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("command", COMMANDS)
def test_command_names_the_file_and_the_trouble(closed: Path, run: Run, command: str, trouble: str) -> None:
    """In one line, and leaves the file as it is."""
    ruin, says = TROUBLES[trouble]
    ruin(closed)
    before = closed.read_bytes() if closed.is_file() else b""
    first, *others = (word.replace("_", " ") for word in command.split())
    ran = run(first, "--db", str(closed), *others)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"tracetui: {closed}")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert (closed.read_bytes() if closed.is_file() else b"") == before


@pytest.mark.parametrize(
    "command", ["ls -fdepth>0", "export last", "prune --keep=1 --yes", "rederive", "sql SELECT*FROM_spans"]
)
def test_missing_table_is_told_as_damage(closed: Path, run: Run, command: str) -> None:
    """Or a view, or a column."""
    _sql("DROP VIEW spans; DROP TABLE span")(closed)
    first, *others = (word.replace("_", " ") for word in command.split())
    ran = run(first, "--db", str(closed), *others)
    assert ran.code == 1
    assert "no such table" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("trouble", sorted(TROUBLES.keys() - {"pipe", "folder"}))
async def test_explorer_says_what_is_wrong_and_shows_the_file_when_it_is_well(closed: Path, trouble: str) -> None:
    """Never as if it followed the file."""
    well = closed.read_bytes()
    ruin, says = TROUBLES[trouble]
    ruin(closed)
    app = explorer(closed)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        banner = screen.query_one(Banner)
        await wait_for(pilot, lambda: says in banner.text, "the sentence")
        assert screen.query_one(StatusLine).status.state not in ("live", "following")
        closed.with_name("well.db").write_bytes(well)
        closed.with_name("well.db").replace(closed)
        await ready(pilot, app, 40)
        assert banner.text == ""


@pytest.mark.parametrize("trouble", ["newer", "below zero", "schema", "cut", "text"])
async def test_explorer_notices_what_happens_to_the_file_while_it_is_open(closed: Path, trouble: str) -> None:
    """In place, as an editor, a copy or a newer version does it."""
    ruin, says = TROUBLES[trouble]
    app = explorer(closed)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, 40)
        ruin(closed)
        await wait_for(pilot, lambda: says in screen.query_one(Banner).text, "the sentence")
        assert screen.query_one(StatusLine).status.state not in ("live", "following")
        await pilot.press("down", "u", "slash", "x", "escape")
        assert screen.is_running


async def test_explorer_shows_what_can_be_read_of_a_damaged_file(closed: Path) -> None:
    """The list, with a line that says that the spans are damaged."""
    _sql("UPDATE span SET end_ns = 'never'")(closed)
    app = explorer(closed)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: "end_ns in a row of span is text" in screen.query_one(Banner).text, "the line")
        assert len(screen.listing) == 40
        assert "✗ damaged" in shown(screen)


def test_prune_that_has_no_room_to_make_the_file_smaller_says_what_it_needs(
    closed: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And has removed what it was told to."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Mock(free=1_000))
    ran = run("prune", "--db", str(closed), "--keep", "1", "--yes")
    assert ran.code == 0
    assert "deleted 39 traces with 39 spans" in ran.err
    assert "to make it smaller, free " in ran.err
    assert "run the same command again" in ran.err


def test_prune_on_a_full_disk_says_so(closed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even the log has room."""
    open_file = schema.open_for_writing

    def full(path: Path) -> sqlite3.Connection:
        connection = open_file(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(
            "CREATE TEMP TRIGGER grows BEFORE DELETE ON trace BEGIN INSERT INTO payload (span, inputs)"
            " VALUES (NULL, zeroblob(1000000)); END"
        )
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(schema, "open_for_writing", full)
    ran = run("prune", "--db", str(closed), "--keep", "1", "--yes")
    assert ran.code == 1
    assert ran.err == f"tracetui: {closed} cannot grow, the disk is full: make some room on it, and try again\n"
