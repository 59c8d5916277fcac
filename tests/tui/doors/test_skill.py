"""The skill tells what is true: its commands exist and its filters parse."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from tracetui.store.filter import parse
from tracetui.tui.cli.program import cli, run
from tracetui.tui.doors.skill import skill_text

TEXT = skill_text(cli)
GUIDE = TEXT[: TEXT.index("## Commands")]
COMMANDS = [code for code in re.findall(r"`(tracetui [^`]*)`", GUIDE) if "..." not in code]


def test_it_has_the_form_of_a_skill() -> None:
    """A name and a description between dashes, then the text."""
    assert TEXT.startswith("---\nname: tracetui\ndescription: ")
    assert TEXT.count("\n---\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_it_is_accepted(command: str) -> None:
    """Options and arguments are those of the program."""
    _, name, *arguments = shlex.split(command)
    found = cli.commands[name]
    with click.Context(cli) as parent:
        found.make_context(name, arguments, parent=parent)  # must not raise


@pytest.mark.parametrize("text", re.findall(r"`([^`]+)`", GUIDE[GUIDE.index("Most used:") :]))
def test_every_filter_in_it_parses(text: str) -> None:
    """An agent copies them."""
    if text not in ("and", "or", "not"):
        parse(text)


def test_it_is_written_where_agents_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again in place of an older one."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(["skill", "--install", "claude"]) == 0
    assert (tmp_path / ".claude" / "skills" / "tracetui" / "SKILL.md").read_text() == TEXT


def test_it_is_printed_without_a_place(capfd: pytest.CaptureFixture[str]) -> None:
    """For any other place."""
    assert run(["skill"]) == 0
    assert capfd.readouterr().out == TEXT
