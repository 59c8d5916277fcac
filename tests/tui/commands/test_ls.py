"""`tracetui ls`: a list of traces for a terminal, a pipe and a program."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.support.builders import TraceFile, at_ms
from tests.support.terminal import in_terminal
from tests.tui.conftest import Run

if TYPE_CHECKING:
    from pathlib import Path


def test_ls_shows_the_newest_first(file: TraceFile, run: Run) -> None:
    """With what people look for, and nothing that a terminal would obey."""
    ran = run("ls", "--utc")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0].split()[:3] == ["TRACE", "STARTED", "STATUS"]
    assert [line.split()[0] for line in lines[1:]] == ["a2" * 6, "a1" * 6, "a0" * 6]
    assert "ERROR" in lines[2]
    assert "second⏎line ␛[2J" in lines[2]
    assert "\x1b" not in ran.out
    assert all(part in lines[3] for part in ("OK", "900 ms", "4.1k→312", "$0.0042", "400 ms", "x" * 300))


def test_ls_shows_what_matches_a_filter(file: TraceFile, run: Run) -> None:
    """The query of the mission."""
    ran = run("ls", "-f", "llm.ttft_ms > 450", "-n", "1")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["a2" * 6]
    ran = run("ls", "-f", "is:error", "--json")
    assert [json.loads(line)["trace_id"] for line in ran.out.splitlines()] == ["a1" * 16]


def test_ls_takes_a_filter_without_its_option(file: TraceFile, run: Run) -> None:
    """As one word of the shell or several, and beside the option."""
    asked = run("ls", "-f", "llm.ttft_ms > 450").out
    assert asked
    assert run("ls", "llm.ttft_ms > 450").out == run("ls", "llm.ttft_ms", ">", "450").out == asked
    assert run("ls", "-f", "llm.ttft_ms > 450", "is:error").out == run("ls", "-f", "llm.ttft_ms > 450 is:error").out


def test_ls_takes_a_file_before_the_filter(file: TraceFile, run: Run, tmp_path: Path) -> None:
    """A trace file is no word to look for; any other word is."""
    ran = run("ls", str(file.path), "is:error")
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == ["a1" * 6]
    word = tmp_path / "first"
    word.write_text("no database")
    assert "no trace matches" in run("ls", "nobodysaysthis", "first").err


def test_ls_prints_json_lines_as_the_export_has_them(file: TraceFile, run: Run) -> None:
    """One vocabulary for programs."""
    listed = [json.loads(line) for line in run("ls", "--json").out.splitlines()]
    exported = json.loads(run("export", "a1a1").out)
    assert listed[1] == exported["trace"]
    assert listed[1]["name"] == "second\nline \x1b[2J"


def test_ls_takes_all_with_no_limit(file: TraceFile, run: Run) -> None:
    """20 by default, 0 for all."""
    file.traces(30)
    assert len(run("ls", "--json").out.splitlines()) == 20
    assert len(run("ls", "--json", "-n", "0").out.splitlines()) == 33


def test_ls_points_at_what_is_wrong_in_a_filter(file: TraceFile, run: Run) -> None:
    """A caret below the place, what was expected there, and where to read on."""
    ran = run("ls", "-f", "name = and (")
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert lines[1] == "  name = and ("
    assert lines[2].index("^") == 2 + "name = and (".index("and")
    assert "expected" in lines[3]
    assert "tracetui help filter" in lines[4]
    assert ran.out == ""


def test_ls_points_at_what_makes_no_sense_in_a_filter(file: TraceFile, run: Run) -> None:
    """Well formed, and yet nothing that could be asked."""
    ran = run("ls", "-f", "kind = LLM status = fine")
    assert ran.code == 2
    lines = ran.err.splitlines()
    assert lines[2].index("^") == lines[1].index("fine")
    assert "error" in lines[3].lower()


def test_caret_stands_below_wide_characters_too(file: TraceFile, run: Run) -> None:
    """Cells are counted, not characters."""
    lines = run("ls", "-f", '"東京" and )').err.splitlines()
    assert cell_len(lines[1][: lines[1].index(")")]) == lines[2].index("^")


def test_ls_suggests_the_name_that_was_meant(file: TraceFile, run: Run) -> None:
    """A filter on a name that nobody has matches nothing, and says so."""
    ran = run("ls", "-f", "llm.tttf_ms > 1")
    assert (ran.code, ran.out) == (0, "")
    assert "did you mean `llm.ttft_ms`" in ran.err


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_ls_fits_the_terminal(file: TraceFile, columns: int) -> None:
    """No line is wider, whatever the width of its characters; colours are for the status only."""
    shown = in_terminal(["ls", "--db", str(file.path)], columns)
    assert "\x1b[31mERROR" in shown
    lines = re.sub(r"\x1b\[\d*m", "", shown).splitlines()
    assert len(lines) == 4
    assert all(cell_len(line) <= columns for line in lines)
    assert "\x1b" not in re.sub(r"\x1b\[\d*m", "", shown)


def test_ls_is_plain_where_no_colour_is_wanted(file: TraceFile) -> None:
    """https://no-color.org"""
    assert "\x1b" not in in_terminal(["ls", "--db", str(file.path)], 100, NO_COLOR="1")


def test_ls_of_an_empty_file_says_so(tmp_path: Path, run: Run) -> None:
    """A server has made the file and not filled it yet."""
    path = tmp_path / "new.db"
    path.touch()
    ran = run("ls", "--db", str(path))
    assert (ran.code, ran.out) == (0, "")
    assert "has no traces yet" in ran.err


def test_ls_is_quiet_when_its_reader_leaves(file: TraceFile) -> None:
    """`tracetui ls | head -1`"""
    file.traces(2000)
    command = f"{sys.executable} -m tracetui.tui ls -n 0 --json | head -1"
    ran = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=file.path.parent, check=True)
    assert len(ran.stdout.splitlines()) == 1
    assert ran.stderr == ""


def test_running_trace_shows_how_long_it_has_run(file: TraceFile, run: Run) -> None:
    """Until its process is gone."""
    file.trace("live", process=file.process()).span("live", end_ms=None)
    file.trace("lost", process=file.process(ended_ns=at_ms(5))).span("lost", end_ms=None)
    lost, live = (line.split() for line in run("ls", "-n", "2").out.splitlines()[1:])
    assert live[2] == "RUNNING"
    assert re.fullmatch(r"\d+[dh]", live[3])
    assert lost[2] == "LOST"
