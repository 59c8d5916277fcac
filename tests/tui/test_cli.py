"""The command line does what it says, in one line when it cannot, and starts no more than it needs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run
from tracetui.tui.commands import NAMES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def explored(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that the explorer was opened on, in a terminal that is only said to be one."""
    paths: list[Path] = []
    app = types.ModuleType("tracetui.tui.explorer.app")
    app.run = lambda path, read_only: paths.append(path) or 0  # type: ignore[attr-defined, func-returns-value]
    monkeypatch.setitem(sys.modules, "tracetui.tui.explorer.app", app)
    monkeypatch.setattr("tracetui.tui.explorer.open.has_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    return paths


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


@pytest.mark.parametrize("arguments", [["xshwo"], ["list", "last"], ["trace"]])
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
        "app.run = lambda path, read_only: 0\n"
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
