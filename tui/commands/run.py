"""`tracetui run`: records a program without a change to its code.

A `sitecustomize` on PYTHONPATH calls `autolog` in every Python process that the program starts. A program that is no
Python also has a receiver of its own, to which SDKs of OpenTelemetry in any language send. The program replaces this
process, so that exit code, signals and terminal are its own.
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
from ..child_processes.receiver import start_for_program
from ..errors import CommandError, say
from ..file_argument import look_at, path_of
from .otlp_environment import CONTENT, ENDPOINTS, otlp_environment
from .python_options import option_without_startup, runs_on_python

NOT_FOUND = 127
"""The exit code of a shell for an unknown command."""

_STARTUP = Path(__file__).parents[2] / "tracer" / "startup"


def run(
    command: Sequence[str],
    *,
    db: Path | None = None,
    libraries: Sequence[str] = (),
    beside: bool = False,
    content: bool = False,
) -> int:
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
    if not runs_on_python(found):
        environment = _with_receiver(environment, path, program, content=content)
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


def _with_receiver(environment: dict[str, str], path: Path, program: str, *, content: bool) -> dict[str, str]:
    """Start a receiver for the program, and return the environment in which the program sends to it."""
    if sent_elsewhere := next((name for name in ENDPOINTS if environment.get(name)), None):
        say(
            f"spans of OpenTelemetry go to {sent_elsewhere}={environment[sent_elsewhere]}; unset it to record them here"
        )
        return environment
    if os.name == "nt":
        say("spans of other languages are not recorded on Windows; run `tracetui collect` beside the program")
        return environment
    try:
        port = start_for_program(path)
    except CommandError as error:
        say(f"only Python is recorded: {error}")
        return environment
    off = [name for name in CONTENT if not content and not environment.get(name)]
    prompts = "; prompts and answers are not asked for: --content does" if off else ""
    say(f"receiving spans of OpenTelemetry at http://127.0.0.1:{port}{prompts}")
    return otlp_environment(environment, port, Path(program).name, content=content)


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
