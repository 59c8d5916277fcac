"""`tracetui skill`: what a coding agent needs to know, made from the table of commands."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from ...store.file.private_file import write_atomically
from ..errors import CommandError, say

FOLDERS = {"claude": Path(".claude/skills"), "agents": Path(".agents/skills")}
"""Where agents look for skills in a project, by the words of `--install`."""

_NAME = "tracetui"
_NOT_FOR_AGENTS = frozenset({"demo", "explore", "skill", "mcp", "watch-transcripts"})


def skill_text(group: click.Group) -> str:
    """Return the skill, with a line for each command of the program."""
    lines = [
        f"- `tracetui {name}`: {command.get_short_help_str(limit=200)}"
        for name, command in sorted(group.commands.items())
        if not command.hidden and name not in _NOT_FOR_AGENTS
    ]
    head = files(__package__).joinpath("skill.md").read_text(encoding="utf-8")
    return f"{head}\n" + "\n".join(lines) + "\n\n`tracetui COMMAND --help` has the options and examples of each.\n"


def install(text: str, folder: Path) -> Path:
    """Write the skill into a folder of skills, in place of an older one; returns its file. Raises CommandError."""
    path = folder / _NAME / "SKILL.md"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, [text.encode()], replace=True)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror or error}") from None
    say(f"wrote {path}")
    return path
