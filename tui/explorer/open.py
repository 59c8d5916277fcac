"""Opens the explorer, or says why it cannot be opened here. The way from the shell to the first paint: imports late."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from ..errors import CommandError
from ..file_argument import opened, path_of


def explore(named: Path | None) -> int:
    """Explore a trace file until the user leaves: the one named, or that of the project; it may be yet to come.

    Raises CommandError where there is no terminal, and for a file that is no trace file.
    """
    if not has_terminal():
        raise CommandError(
            "the explorer needs a terminal; for scripts there are `tracetui ls --json` and `tracetui sql`"
        )
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise CommandError(f"the explorer cannot draw on TERM={os.environ['TERM']}; `tracetui ls` prints plain lines")
    path = path_of(named)
    if path.exists():
        with opened(path):
            pass
    gc.disable()  # until the first rows are painted: what importing makes is there to stay
    from .app import run

    return run(path)


def has_terminal() -> bool:
    """Whether there is one to explore in: Textual reads the keyboard from stdin and draws on stderr."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())
