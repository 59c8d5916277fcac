"""`tracetui run`: records a Python program without a change to its code.

A `sitecustomize` on PYTHONPATH calls `autolog` in every Python process that the program starts. The program replaces
this process, so that exit code, signals and terminal are its own.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...store.file import paths
from ..errors import CommandError, say
from ..file_argument import look_at, path_of
from .python_options import option_without_startup

NOT_FOUND = 127
"""The exit code of a shell for an unknown command."""

_STARTUP = Path(__file__).parents[2] / "tracer" / "startup"


def run(command: Sequence[str], *, db: Path | None = None, libraries: Sequence[str] = (), beside: bool = False) -> int:
    """Replace this process by `command`, recorded. Returns its exit code on Windows only. Raises CommandError."""
    program, *arguments = _as_python(command)
    found = _find(program)
    path = path_of(db).absolute()
    look_at(path)
    if beside:
        _open_explorer(path)
    if option := option_without_startup(found, arguments):
        say(f"nothing is recorded: Python with {option} does not load tracetui; leave the option out")
    elif not beside:
        say(f"recording into {_short(path)}; to watch, run `tracetui` in another terminal")
    environment = environment_for(os.environ, path, libraries)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":
        return subprocess.run([found, *arguments], env=environment, check=False).returncode
    environment["TRACETUI_RUN"] = str(os.getpid())
    try:
        os.execve(found, [program, *arguments], environment)
    except OSError as error:
        raise CommandError(f"cannot run {program}: {error.strerror or error}", NOT_FOUND - 1) from None


def environment_for(environment: Mapping[str, str], path: Path, libraries: Sequence[str]) -> dict[str, str]:
    """Returns the environment in which a program is recorded into the trace file at `path`."""
    folders = [str(_STARTUP), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(folders)),
        "TRACETUI_AUTOLOG": ",".join(libraries),
        paths.VARIABLE: str(path),
    }


def _as_python(command: Sequence[str]) -> list[str]:
    """Put this Python before `app.py ...` and `-m app ...`; anything else is a command."""
    first = command[0]
    if first == "-m" or (first.endswith(".py") and os.path.isfile(first) and not os.access(first, os.X_OK)):
        return [sys.executable, *command]
    return list(command)


def _find(program: str) -> str:
    """Returns the path of a program: on PATH, or beside this Python."""
    beside_us = os.path.dirname(sys.executable)
    found = shutil.which(program) or shutil.which(program, path=beside_us)
    if found is None:
        raise CommandError(f"no command {program!r}; to run a program: `tracetui run -- python app.py`", NOT_FOUND)
    return found


def _open_explorer(path: Path) -> None:
    """Open the explorer in a new pane of the current tmux window."""
    if not os.environ.get("TMUX") or shutil.which("tmux") is None:
        raise CommandError("--explore needs tmux, and this terminal is not in tmux; run `tracetui` in another terminal")
    explorer = shlex.join([sys.executable, "-m", "tracetui.tui", "explore", str(path)])
    split = ["tmux", "split-window", "-h", "-d", "-c", os.getcwd(), explorer]
    done = subprocess.run(split, check=False, capture_output=True, text=True)
    if done.returncode:
        raise CommandError(f"tmux opened no pane: {done.stderr.strip()}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
