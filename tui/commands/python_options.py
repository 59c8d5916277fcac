"""Whether a command is Python, and options by which it does not load the `sitecustomize` of `tracetui run`."""

from __future__ import annotations

import os
from collections.abc import Sequence

_WITHOUT_STARTUP = frozenset("EIS")
"""-E ignores PYTHONPATH, -S does not import `site`, and -I does both."""

_LAUNCHERS = frozenset({"env", "nice", "nohup", "pdm", "pipenv", "poetry", "timeout", "uv"})
"""Commands that start another command, given in their arguments."""


def option_without_startup(program: str, arguments: Sequence[str]) -> str | None:
    """Returns such an option, "-I" for example, of a command or of the first line of its script; None if none."""
    words = [program, *arguments]
    if not _is_python(program) and os.path.basename(program) not in _LAUNCHERS:
        words = _interpreter_of(program)
    start = next((place for place, word in enumerate(words) if _is_python(word)), len(words))
    return _option_in(words[start + 1 :])


def runs_on_python(program: str) -> bool:
    """Whether an executable is Python, a script for Python, or a launcher of Python programs."""
    name = os.path.basename(program)
    return name in _LAUNCHERS or any(map(_is_python, [name, *_interpreter_of(program)]))


def _interpreter_of(script: str) -> list[str]:
    """The words after `#!`; none if the file is not a script."""
    try:
        with open(script, "rb") as file:
            line = file.readline(1024)
    except OSError:
        return []
    return os.fsdecode(line[2:]).split() if line.startswith(b"#!") else []


def _option_in(arguments: Sequence[str]) -> str | None:
    left = iter(arguments)
    for argument in left:
        if argument == "--check-hash-based-pycs":
            next(left, None)
            continue
        if len(argument) < 2 or argument[0] != "-" or argument[1] == "-":
            return None  # the script and its own arguments
        for place, letter in enumerate(argument[1:], 2):
            if letter in _WITHOUT_STARTUP:
                return f"-{letter}"
            if letter in "cm":
                return None
            if letter in "WX":
                if place == len(argument):
                    next(left, None)  # its value
                break
    return None


def _is_python(word: str) -> bool:
    return os.path.basename(word).startswith(("python", "pypy"))
