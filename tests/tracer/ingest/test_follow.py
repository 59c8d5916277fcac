"""Transcripts are followed while sessions run: open turns are running, and nothing counts twice."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.transcripts.test_claude_code import Transcript, said, tool_use
from tracetui.tracer.ingest.follow import RECENT_S, Follower
from tracetui.tracer.ingest.ingest import Ingest
from tracetui.tui.cli.program import run


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """The trace file."""
    return tmp_path / "traces.db"


@pytest.fixture
def follower(tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follower]:
    """Follows the transcripts of a home folder."""
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    with Ingest(db, pytest.fail) as ingest:
        yield Follower(tmp_path, ingest, pytest.fail)


def transcript(home: Path) -> Path:
    """The path of the session."""
    return home / ".claude" / "projects" / "-work" / "s-1.jsonl"


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Query the trace file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_running_turn_is_open_and_ends_where_it_ends(follower: Follower, tmp_path: Path, db: Path) -> None:
    """Each poll writes what is new; totals are those of the calls."""
    session = Transcript()
    session.prompt(0, "do it")
    session.block(1, tool_use("t1"))
    session.write(transcript(tmp_path))
    follower.poll(time.time())
    assert rows(db, "SELECT status, open_count, output_tokens FROM trace") == [(None, 3, 30)]
    session.result(3, "t1")
    session.block(4, said("done"), id="msg_2", stop="end_turn")
    session.write(transcript(tmp_path))
    follower.poll(time.time())
    assert rows(db, "SELECT status, open_count, span_count, output_tokens FROM trace") == [("OK", 0, 4, 60)]
    assert follower.poll(time.time()).written == 0


def test_a_line_that_is_being_written_is_read_when_it_is_complete(follower: Follower, tmp_path: Path, db: Path) -> None:
    """Half a line is no fault."""
    session = Transcript()
    session.prompt(0, "hello")
    session.block(1, said("hi"), stop="end_turn")
    path = session.write(transcript(tmp_path))
    whole = path.read_text()
    path.write_text(whole[:-20])
    follower.poll(time.time())
    assert rows(db, "SELECT status FROM trace") == [(None,)]
    path.write_text(whole)
    follower.poll(time.time())
    assert rows(db, "SELECT status FROM trace") == [("OK",)]


def test_an_old_session_is_read_when_it_goes_on(follower: Follower, tmp_path: Path, db: Path) -> None:
    """Not before: years of transcripts are not read at the start."""
    session = Transcript()
    session.prompt(0, "long ago")
    session.block(1, said("yes"), stop="end_turn")
    path = session.write(transcript(tmp_path))
    os.utime(path, (1, 1))
    follower.poll(2 + RECENT_S)
    assert not db.exists()
    session.prompt(9, "today")
    session.write(path)
    follower.poll(time.time())
    assert len(rows(db, "SELECT 1 FROM trace")) == 2


def test_an_import_of_what_was_followed_adds_nothing(
    follower: Follower, tmp_path: Path, db: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Both give a turn the same ids."""
    session = Transcript()
    session.prompt(0, "hello")
    session.block(1, said("hi"), stop="end_turn")
    session.write(transcript(tmp_path))
    follower.poll(time.time())
    assert run(["import", "--db", str(db), str(tmp_path / ".claude")]) == 0
    assert capfd.readouterr().out == "0 spans imported (2 there already)\n"


def test_sessions_lists_transcripts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And says where it looked if there are none."""
    assert run(["sessions", "--home", str(tmp_path)]) == 1
    assert f"no sessions of Claude Code or Codex below {tmp_path}" in capfd.readouterr().err
    Transcript().write(transcript(tmp_path))
    assert run(["sessions", "--home", str(tmp_path), "--json"]) == 0
    assert '"agent": "claude-code"' in capfd.readouterr().out
