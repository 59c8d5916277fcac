"""Write a text to a new file, and open a text in the pager or the editor of the user."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import NamedTuple

_PAGERS = ("less", "more")
_EDITORS = ("nano", "vim", "vi")
_NAME_CHARS = 40


class Taken(NamedTuple):
    """A text on its way out, with what is needed for a good name."""

    title: str
    """What it is, for the user: `outputs of chat`."""
    text: str

    @property
    def suffix(self) -> str:
        """The end of a file's name: .json, .md or .txt."""
        start = self.text[:1]
        if start in ("{", "["):
            try:
                json.loads(self.text)
            except ValueError:
                return ".txt"
            return ".json"
        return ".md" if start == "#" else ".txt"


def save(taken: Taken, folder: Path) -> Path:
    """Write the text to a new file of the folder and return its path; an existing file is never replaced.

    Raises OSError.
    """
    name = re.sub(r"[^0-9A-Za-z._-]+", "-", taken.title).strip("-.")[:_NAME_CHARS].strip("-.").lower() or "value"
    for number in count(1):
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}{taken.suffix}"
        try:
            # Prompts are secrets: only the user may read them.
            with open(path, "x", encoding="utf-8", errors="surrogatepass", opener=_private) as file:
                file.write(taken.text)
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable")


def pager(environment: Mapping[str, str], find: Callable[[str], object]) -> list[str]:
    """Return the command of the user's pager: $PAGER, or else one that is installed; empty if there is none."""
    return _command(environment, ("PAGER",), _PAGERS, find)


def editor(environment: Mapping[str, str], find: Callable[[str], object]) -> list[str]:
    """Return the command of the user's editor: $VISUAL, $EDITOR, or else one that is installed; empty if none is."""
    return _command(environment, ("VISUAL", "EDITOR"), _EDITORS, find)


def open_with(command: list[str], taken: Taken, suspended: Callable[[], AbstractContextManager[None]]) -> str:
    """Run a command on a copy of the text while the screen is away; returns why it could not, or an empty text."""
    descriptor, name = tempfile.mkstemp(prefix="tracetui-", suffix=taken.suffix)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(taken.text)
        with suspended():
            # An error that left the block would leave the screen away.
            return _run([*command, name])
    except OSError as error:
        return f"{name}: {error.strerror or error}"
    finally:
        Path(name).unlink(missing_ok=True)


def _run(command: list[str]) -> str:
    try:
        subprocess.run(command, check=False)
    except OSError as error:
        return f"{command[0]}: {error.strerror or error}"
    return ""


def _command(
    environment: Mapping[str, str], variables: tuple[str, ...], usual: tuple[str, ...], find: Callable[[str], object]
) -> list[str]:
    for variable in variables:
        if wanted := environment.get(variable, "").strip():
            try:
                return shlex.split(wanted)
            except ValueError:
                return [wanted]
    return next(([name] for name in usual if find(name)), [])


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
