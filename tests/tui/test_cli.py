"""The command line does what it says, in one line when it cannot, and starts no more than it needs."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import termios
import types
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from tests.support.builders import TraceFile, at_ms
from tests.tui.conftest import Run
from tracetui.store.model.rows import AttachmentRecord
from tracetui.store.write import attachments
from tracetui.tui.commands import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceFile]:
    """The trace file of the project around the current folder, with three traces."""
    project = tmp_path / "project"
    (project / ".tracetui").mkdir(parents=True)
    (project / ".git").mkdir()
    monkeypatch.chdir(project)
    monkeypatch.delenv("TRACETUI_DB", raising=False)
    made = TraceFile(project / ".tracetui" / "traces.db")
    for number, name in enumerate(("first", "second\nline \x1b[2J", "東京 third")):
        ttft_ms = 400.0 + number * 100
        trace = made.trace(
            name,
            trace_id=bytes([0xA0 + number]) * 16,
            start_ms=number * 1000,
            request_preview="x" * 300,
            input_tokens=4100,
            output_tokens=312,
            cost_usd=0.0042,
            ttft_ms=ttft_ms,
        )
        status = "ERROR" if number == 1 else "OK"
        trace.span(
            name,
            end_ms=900,
            status=status,
            attributes={"llm.ttft_ms": 400.0 + number * 100},
            ttft_ms=ttft_ms,
        )
    yield made
    made.close()


@pytest.fixture
def explored(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that the explorer was opened on, in a terminal that is only said to be one."""
    paths: list[Path] = []
    app = types.ModuleType("tracetui.tui.explorer.app")
    app.run = lambda path: paths.append(path) or 0  # type: ignore[attr-defined, func-returns-value]
    monkeypatch.setitem(sys.modules, "tracetui.tui.explorer.app", app)
    monkeypatch.setattr("tracetui.tui.explorer.open.has_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    return paths


def in_terminal(arguments: list[str], columns: int, **environment: str) -> str:
    """What a program prints into a terminal of so many columns."""
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "tracetui.tui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment},
        ) as process:
            os.close(follower)
            shown = b""
            while True:
                try:
                    piece = os.read(leader, 65536)
                except OSError:  # how a terminal says that nobody writes to it any more
                    break
                if not piece:
                    break
                shown += piece
        assert process.returncode == 0, shown
    finally:
        os.close(leader)
    return shown.decode().replace("\r\n", "\n")


# ls


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


# export


def test_export_writes_a_document_to_stdout_or_a_file(file: TraceFile, run: Run, tmp_path: Path) -> None:
    """The same in both."""
    on_stdout = run("export", "last").out
    assert json.loads(on_stdout)["trace"]["trace_id"] == "a2" * 16
    target = tmp_path / "out.json"
    ran = run("export", "tr-a2a2", "-o", str(target))
    assert target.read_text() == on_stdout
    assert (ran.out, ran.err) == ("", f"tracetui: wrote {target}\n")
    target.write_text("mine")
    ran = run("export", "last", "-o", str(target))
    assert (ran.code, target.read_text()) == (1, "mine")
    assert ran.err == f"tracetui: {target} exists already: give --force to replace it, or another name\n"
    assert run("export", "last", "--force", "-o", str(target)).code == 0
    assert target.read_text() == on_stdout


def test_export_says_which_traces_it_could_be(file: TraceFile, run: Run) -> None:
    """With their names, made safe."""
    ran = run("export", "a")
    assert ran.code == 1
    assert f"{'a1' * 16}  second⏎line ␛[2J" in ran.err


@pytest.mark.parametrize("wanted", ["ffff", "no-id"])
def test_export_of_nothing_says_where_to_look(file: TraceFile, run: Run, wanted: str) -> None:
    """One line, with the way out."""
    ran = run("export", wanted)
    assert (ran.code, ran.out) == (1, "")
    assert "tracetui ls" in ran.err
    assert ran.err.count("\n") == 1


def test_export_to_a_place_that_is_not_there_says_so(file: TraceFile, run: Run) -> None:
    """And names it."""
    ran = run("export", "last", "-o", "/nowhere/out.json")
    assert ran.code == 1
    assert ran.err == "tracetui: cannot write /nowhere/out.json: No such file or directory\n"


# sql


def test_sql_asks_the_views(file: TraceFile, run: Run) -> None:
    """As a table, as JSON, as CSV; names and values exact for programs, safe for people."""
    query = "SELECT name, status, ttft_ms, user_id FROM traces ORDER BY start_ns LIMIT 2"
    table = run("sql", query).out.splitlines()
    assert table[0].split() == ["name", "status", "ttft_ms", "user_id"]
    assert "second⏎line ␛[2J" in table[2]
    assert [json.loads(line) for line in run("sql", "--json", query).out.splitlines()][1] == {
        "name": "second\nline \x1b[2J",
        "status": "ERROR",
        "ttft_ms": 500.0,
        "user_id": None,
    }
    rows = list(csv.reader(io.StringIO(run("sql", "--csv", query).out)))
    assert rows[0] == ["name", "status", "ttft_ms", "user_id"]
    assert rows[2] == ["second\nline \x1b[2J", "ERROR", "500.0", ""]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("DELETE FROM trace", "read-only"),
        ("DROP TABLE span", "read-only"),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "no such table"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("", "one statement"),
    ],
)
def test_sql_that_cannot_be_is_told_in_one_line(file: TraceFile, run: Run, query: str, complaint: str) -> None:
    """With the names of the views, and the file as it was."""
    ran = run("sql", query)
    assert (ran.code, ran.out) == (1, "")
    assert complaint in ran.err
    assert "traces, spans, attributes, events, links, " in ran.err
    assert ran.err.count("\n") == 1
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (3,)


def test_sql_shows_bytes_as_what_they_mean(file: TraceFile, run: Run) -> None:
    """Ids in hex; text with a lone surrogate, which the file holds as bytes, as that text."""
    name = "half \ud83d"
    file.trace(name.encode("utf-8", "surrogatepass"), trace_id=b"A" * 16)  # type: ignore[arg-type]
    query = "SELECT trace_id, name FROM trace ORDER BY id DESC LIMIT 1"
    assert json.loads(run("sql", "--json", query).out) == {"trace_id": "41" * 16, "name": name}
    assert run("sql", query).out.splitlines()[1].split() == ["41" * 16, "half", "�"]


def test_sql_errors_name_every_view(file: TraceFile, run: Run) -> None:
    """All that the file has, so that nobody takes one for missing."""
    connection = sqlite3.connect(file.path)
    views = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    connection.close()
    complaint = run("sql", "SELECT * FROM nothing").err
    assert set(re.findall(r"[a-z]+", complaint.partition("the views are")[2])) == views


def test_sql_of_no_rows_prints_nothing(file: TraceFile, run: Run) -> None:
    """And is no failure."""
    assert run("sql", "SELECT * FROM spans WHERE 0") == (0, "", "")


# explore


def test_explorer_opens_the_file_of_the_project(file: TraceFile, run: Run, explored: list[Path]) -> None:
    """Without any argument."""
    assert run().code == 0
    assert explored == [file.path]


def test_explorer_opens_any_file_that_is_or_will_be(
    file: TraceFile, run: Run, explored: list[Path], tmp_path: Path
) -> None:
    """A file, one yet to come, a folder for its project, and files with the names of commands."""
    for argument in (str(file.path), str(tmp_path / "later.db"), str(file.path.parent.parent), "./ls", "--db=x.db"):
        assert run(argument).code == 0
    assert [str(path) for path in explored] == [
        *(str(file.path), str(tmp_path / "later.db"), str(file.path), "ls", "x.db"),
    ]


def test_word_that_is_almost_a_command_is_asked_about(run: Run, explored: list[Path]) -> None:
    """An explorer that waits for ever for a file `exprot` would be no help."""
    ran = run("exprot")
    assert (ran.code, explored) == (2, [])
    assert "did you mean `tracetui export`?" in ran.err
    assert "./exprot" in ran.err


@pytest.mark.parametrize("arguments", [["shwo"], ["show", "last"], ["trace"]])
def test_word_that_is_no_command_and_no_file_is_said_to_be_neither(
    run: Run, explored: list[Path], arguments: list[str]
) -> None:
    """The way out is a help that lists the commands, not that of a command nobody has named."""
    ran = run(*arguments)
    assert (ran.code, explored) == (2, [])
    assert f"no command or file '{arguments[0]}'; see `tracetui --help`" in ran.err


def test_file_with_the_name_of_no_command_is_explored(run: Run, explored: list[Path], tmp_path: Path) -> None:
    """Though its name has no dot; a second word is too many, and the complaint names a help that can be seen."""
    (tmp_path / "shwo").touch()
    with contextlib.chdir(tmp_path):
        assert run("shwo").code == 0
        assert [str(path) for path in explored] == ["shwo"]
        ran = run("shwo", "last")
    assert ran.code == 2
    assert "see `tracetui --help`" in ran.err


def test_explorer_needs_a_terminal(file: TraceFile, run: Run) -> None:
    """And names what does not."""
    ran = run()
    assert ran.code == 1
    assert "needs a terminal" in ran.err
    assert "tracetui ls" in ran.err


def test_explorer_refuses_a_dumb_terminal(
    run: Run, file: TraceFile, explored: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot draw there."""
    monkeypatch.setenv("TERM", "dumb")
    ran = run()
    assert (ran.code, explored) == (1, [])
    assert "TERM=dumb" in ran.err


def test_explorer_is_not_opened_on_a_foreign_file(run: Run, explored: list[Path], tmp_path: Path) -> None:
    """It is told before the screen is taken."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes " * 100)
    ran = run(str(path))
    assert (ran.code, explored) == (1, [])
    assert "notes.txt is not an SQLite database" in ran.err


# all of it


def test_missing_file_is_told_with_the_ways_out(run: Run, tmp_path: Path) -> None:
    """By every command that reads."""
    for command in (["ls"], ["export", "last"], ["sql", "SELECT 1"]):
        ran = run(*command, "--db", str(tmp_path / "none.db"))
        assert ran.code == 1
        assert all(way in ran.err for way in ("none.db", "--db", "$TRACETUI_DB", "tracetui demo"))
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nope"],
        ["ls", "--limit", "many"],
        ["export", "last", "extra"],
        ["export"],
        ["sql", "--json", "--csv", "SELECT 1"],
        ["help", "x"],
    ],
)
def test_wrong_usage_is_told_in_one_line(run: Run, arguments: list[str]) -> None:
    """Exit code 2, and where to read on."""
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"tracetui: .*; see `tracetui.* --help`\n", ran.err)


def test_help_lists_every_command_and_explains_the_filter(run: Run) -> None:
    """`tracetui help filter` is the reference itself."""
    shown = run("--help").out
    assert "[FILE]" in shown
    for name in set(NAMES) - {"explore"}:
        assert f"  {name} " in shown
        assert run("help", name).out.startswith(f"Usage: tracetui {name}")
    assert run("help").out == shown
    assert "llm.ttft_ms > 500" in run("help", "filter").out


def test_help_json_names_every_field_of_the_export(file: TraceFile, run: Run) -> None:
    """What is documented is what is written."""
    reference = set(re.findall(r"\w+", run("help", "json").out))
    document = json.loads(run("export", "last").out)
    written = {*document, *document["trace"], *document["trace"]["process"], *document["spans"][0]}
    assert written <= reference


def test_names_of_commands_are_those_that_click_knows() -> None:
    """The short way to the explorer must not take a command for a file."""
    from tracetui.tui.cli.program import cli

    assert set(NAMES) == set(cli.commands)


def test_version_is_that_of_the_package(run: Run) -> None:
    """As installed."""
    from importlib.metadata import version

    assert run("--version").out == f"tracetui {version('tracetui')}\n"


def test_demo_gets_its_options(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And its exit code is ours."""
    asked: list[dict[str, Any]] = []

    def run_demo(**options: Any) -> int:
        asked.append(options)
        return 3

    monkeypatch.setattr("tracetui.tui.demo.command.run_demo", run_demo)
    assert run("demo", "--port", "8080", "--db", str(tmp_path / "demo.db")).code == 3
    assert asked == [{"keep": False, "port": 8080, "db": tmp_path / "demo.db"}]


def test_export_writes_attachments_beside_the_document(run: Run, file: TraceFile, tmp_path: Path) -> None:
    """Into a directory that is made; else their bytes are in the document."""
    image = b"\x89PNG" + bytes(5_000)
    attachments.insert(file.connection, [(3, AttachmentRecord(sha256(image).digest(), "image/png", image))])
    images = tmp_path / "images"
    document = json.loads(run("export", "last", "--attachments", str(images)).out)
    (path,) = images.iterdir()
    assert path.read_bytes() == image
    assert path.suffix == ".png"
    assert [one["file"] for one in document["attachments"]] == [str(path)]
    (embedded,) = json.loads(run("export", "last").out)["attachments"]
    assert embedded["base64"].startswith("iVBO")
    (tmp_path / "file").write_text("")
    ran = run("export", "last", "--attachments", str(tmp_path / "file"))
    assert ran.code == 1
    assert "cannot write" in ran.err


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


def test_rederive_prices_what_was_recorded_without_a_price(run: Run, file: TraceFile, tmp_path: Path) -> None:
    """With a file of one's own; what is wrong with that file is said in one line."""
    prices = tmp_path / "prices.json"
    prices.write_text('{"models": {"house": {"input": 1000000}}}')
    attributes = {"gen_ai.request.model": "house", "gen_ai.usage.input_tokens": 3}
    file.trace("priced").span("call", kind="LLM", attributes=attributes)
    ran = run("rederive", "--prices", str(prices))
    assert ran.code == 0
    assert "spans read" in ran.err
    assert '"cost_usd":3.0' in run("sql", "--json", "SELECT cost_usd FROM spans WHERE name = 'call'").out.replace(
        " ", ""
    )
    prices.write_text('{"models": {"house": 3}}')
    ran = run("rederive", "--prices", str(prices))
    assert ran.code == 1
    assert "models.house is 3" in ran.err
    assert run("rederive", "--db", str(tmp_path / "none.db")).code == 1


def test_prune_deletes_the_traces_that_match_all_options(run: Run, file: TraceFile) -> None:
    """A dry run deletes nothing."""
    ran = run("prune", "--keep", "1", "--dry-run")
    assert (ran.code, ran.err) == (0, "tracetui: 2 traces of 3 can be deleted; nothing was deleted\n")
    ran = run("prune", "--keep", "1", "is:error", "--yes")
    assert ran.code == 0
    assert "deleted 1 trace with 1 span;" in ran.err
    assert [line.split()[-2] for line in run("ls").out.splitlines()[1:]] == ["third", "first"]
    assert run("prune", "--older-than", "1h", "-y").code == 0
    assert "has no traces yet" in run("ls").err
    assert "nothing to delete" in run("prune", "--max-size", "1GB", "-y").err


def test_prune_keeps_running_traces(run: Run, file: TraceFile) -> None:
    """Traces that a dead process left open are deleted."""
    file.trace("running").span("open", end_ms=None)
    file.trace("lost", process=file.process(ended_ns=1)).span("open", end_ms=None)
    assert "deleted 4 traces" in run("prune", "--keep", "0", "--yes").err
    assert "running" in run("ls").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name the traces to delete"),
        (("--older-than", "week"), "an age such as 7d, 12h or 30m, not 'week'"),
        (("--older-than", "-7d"), "an age such as"),
        (("--max-size", "much"), "a size such as 500MB or 2GB, not 'much'"),
        (("| by(model)",), "not groups"),
        (("duration >",), "see `tracetui help filter`"),
        (("--keep", "many"), "see `tracetui prune --help`"),
    ],
)
def test_prune_deletes_nothing_after_wrong_usage(
    run: Run, file: TraceFile, arguments: tuple[str, ...], told: str
) -> None:
    """The message names the right usage."""
    ran = run("prune", *arguments, "--yes")
    assert ran.code == 2
    assert told in ran.err
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (3,)


@pytest.mark.parametrize(("answer", "left"), [(None, 3), ("n\n", 3), ("\n", 3), ("y\n", 1)])
def test_prune_asks_before_it_deletes(
    run: Run, file: TraceFile, monkeypatch: pytest.MonkeyPatch, answer: str | None, left: int
) -> None:
    """It asks at a terminal, and needs --yes elsewhere."""
    stdin = io.StringIO(answer or "")
    stdin.isatty = lambda: answer is not None  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stdin)
    ran = run("prune", "--keep", "1")
    assert "2 traces of 3 can be deleted" in ran.err
    assert ("--yes" in ran.err) == (answer is None)
    assert ran.code == (0 if left == 1 else 1)
    assert file.connection.execute("SELECT count(*) FROM trace").fetchone() == (left,)


def test_output_that_cannot_take_a_character_gets_its_escape(file: TraceFile) -> None:
    """A pipe in an ASCII locale is no reason for a traceback."""
    ran = subprocess.run(
        [sys.executable, "-m", "tracetui.tui", "ls", "--db", str(file.path)],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"\\u6771\\u4eac third" in ran.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["ls"], ["export", "last"], ["sql", "SELECT 1"], ["help", "filter"]]
)
def test_command_does_not_import_textual(file: TraceFile, arguments: list[str]) -> None:
    """Which would cost a fifth of a second; and the tracer is none of its business."""
    program = (
        "import sys\n"
        f"sys.argv = ['tracetui', *{arguments!r}]\n"
        "from tracetui.tui.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        "print(*{'textual', 'watchfiles', 'tracetui.tracer'} & set(sys.modules), file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == ""


def test_way_to_the_explorer_imports_no_click_and_no_sqlite_utils(file: TraceFile) -> None:
    """What comes before `import textual` is paid by every start."""
    program = (
        "import sys, pathlib, types\n"
        "app = types.ModuleType('tracetui.tui.explorer.app')\n"
        "app.run = lambda path: 0\n"
        "sys.modules['tracetui.tui.explorer.app'] = app\n"
        "sys.stdin.isatty = sys.stderr.isatty = lambda: True\n"
        f"sys.argv = ['tracetui', {str(file.path)!r}]\n"
        "from tracetui.tui.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code, left.code\n"
        "print(*{name.split('.')[0] for name in sys.modules} & {'click', 'sqlite_utils', 'watchfiles', 'rich'})\n"
    )
    environment = os.environ | {"TERM": "xterm"}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.strip() == ""


def test_running_trace_shows_how_long_it_has_run(file: TraceFile, run: Run) -> None:
    """Until its process is gone."""
    file.trace("live", process=file.process()).span("live", end_ms=None)
    file.trace("lost", process=file.process(ended_ns=at_ms(5))).span("lost", end_ms=None)
    lost, live = (line.split() for line in run("ls", "-n", "2").out.splitlines()[1:])
    assert live[2] == "RUNNING"
    assert re.fullmatch(r"\d+[dh]", live[3])
    assert lost[2] == "LOST"
