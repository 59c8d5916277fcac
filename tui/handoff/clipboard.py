"""Put a text into a clipboard, and say what is known of it.

A program with access to the clipboard is the surest way. Over ssh such a program would fill the clipboard of the other
machine; there the text goes to the terminal by OSC 52, which has no answer: nobody knows whether the terminal took it.
tmux keeps a buffer of its own, which `prefix ]` pastes, and passes the text on if it may (`set-clipboard`).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

OSC52_BYTES = 74_994
"""The most bytes of a text that terminals take: 100,000 characters of base64 with the sequence (xterm, hterm)."""

PROGRAM_S = 3.0
"""Seconds that a program may take."""

_PROGRAMS: Sequence[tuple[str, Sequence[str]]] = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    ("", ("pbcopy",)),
    ("", ("clip.exe",)),
)
"""The variable that says a program can work, and the program with its arguments."""

Run = Callable[[Sequence[str], bytes], bool]
"""Runs a program with an input; returns whether it succeeded."""


class Copied(NamedTuple):
    """What is known of a copy."""

    what: str
    """For the user: `copied with xclip`."""
    is_sure: bool
    """Whether a clipboard or a buffer is known to have the text."""
    is_too_large: bool = False
    """Whether the text was not sent, because terminals do not take so much."""


def copy_text(
    text: str,
    environment: Mapping[str, str],
    find: Callable[[str], object],
    run: Run,
    send_to_terminal: Callable[[str], object],
) -> Copied:
    """Put a text into the best clipboard there is.

    `find` looks for a program, as `shutil.which` does; `send_to_terminal` writes OSC 52.
    """
    stored = text.encode("utf-8", "replace")
    is_remote = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    for variable, command in () if is_remote else _PROGRAMS:
        able = not variable or bool(environment.get(variable))
        if able and find(command[0]) and run(command, _encoded(command[0], text, stored)):
            return Copied(f"copied with {command[0]}", True)
    in_tmux = bool(environment.get("TMUX")) and bool(find("tmux")) and run(("tmux", "load-buffer", "-w", "-"), stored)
    if in_tmux:
        return Copied(
            "in tmux's buffer: prefix ] pastes it; tmux passes it to the terminal if set-clipboard allows", True
        )
    if len(stored) > OSC52_BYTES:
        return Copied("", False, is_too_large=True)
    send_to_terminal(text)
    return Copied("sent to the terminal, which does not say whether it took it", False)


def _encoded(program: str, text: str, stored: bytes) -> bytes:
    # clip.exe takes the encoding of the console, or UTF-16 with a byte order mark.
    return text.encode("utf-16", "replace") if program == "clip.exe" else stored


def run_program(command: Sequence[str], given: bytes) -> bool:
    """Run a program with an input; returns whether it succeeded in time."""
    try:
        # Such programs stay to serve the clipboard: a pipe for their output would never end.
        done = subprocess.run(
            command, input=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PROGRAM_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
