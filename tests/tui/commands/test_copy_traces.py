"""`tracetui merge` and `tracetui snap`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.builders import TraceFile
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError


def make(path: Path, number: int, *names: str, **columns: object) -> Path:
    """A trace file with one trace of these spans."""
    file = TraceFile(path)
    trace = file.trace(f"trace {number}", trace_id=bytes([number]) * 16)
    root = trace.span(names[0], inputs={"q": "?"}, span_id=number * 100, **columns)  # type: ignore[arg-type]
    for place, name in enumerate(names[1:], 1):
        trace.span(name, parent=root, span_id=number * 100 + place)
    file.close()
    return path


def names_in(path: Path) -> list[str]:
    """The names of the spans in a file."""
    connection = sqlite3.connect(path)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM spans ORDER BY name")]
    finally:
        connection.close()


def test_files_of_several_machines_are_merged_each_span_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Also when the same file is added again."""
    one, two = make(tmp_path / "one.db", 1, "a", "b"), make(tmp_path / "two.db", 2, "c")
    for _ in range(2):
        assert run(["merge", str(tmp_path / "all.db"), str(one), str(two)]) == 0
    assert names_in(tmp_path / "all.db") == ["a", "b", "c"]
    assert capfd.readouterr().out == "3 spans imported\n0 spans imported (3 there already)\n"


def test_the_target_is_not_merged_into_itself(tmp_path: Path) -> None:
    """A slip of the shell's wildcard."""
    one = make(tmp_path / "one.db", 1, "a")
    with pytest.raises(CommandError, match="is the target"):
        run(["merge", str(one), str(one)])


def test_a_snap_has_what_matches_and_nothing_else(tmp_path: Path) -> None:
    """A file to attach to an issue."""
    all_ = tmp_path / "all.db"
    fine, bad = make(tmp_path / "one.db", 1, "fine"), make(tmp_path / "two.db", 2, "bad", status="ERROR")
    run(["merge", str(all_), str(fine), str(bad)])
    assert run(["snap", "--db", str(all_), "is:error", "-o", str(tmp_path / "snap.db")]) == 0
    assert names_in(tmp_path / "snap.db") == ["bad"]
    with pytest.raises(CommandError, match="exists already"):
        run(["snap", "--db", str(all_), "is:error", "-o", str(tmp_path / "snap.db")])


def test_a_snap_of_a_filter_that_is_wrong_is_an_error_of_usage(tmp_path: Path) -> None:
    """Before anything is written."""
    one = make(tmp_path / "one.db", 1, "a")
    for filter_text in ("is:", "| by(model)"):
        with pytest.raises(CommandError):
            run(["snap", "--db", str(one), "-f", filter_text, "-o", str(tmp_path / "snap.db")])
    assert not (tmp_path / "snap.db").exists()
