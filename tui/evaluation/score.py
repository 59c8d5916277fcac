"""`tracetui score`: functions of the user say what they think of traces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ...store.filter import parse
from ..commands.ls import explained
from ..errors import USAGE, CommandError, say
from ..file_argument import look_at, opened, path_of

MODULE = "tracetui.tracer.scoring"


def score(db: Path | None, filter_text: str, scorers: Path, *, jobs: int, follows: bool, records: bool) -> int:
    """Score stored traces, or with `follows` arriving ones too; returns the exit code. Raises CommandError."""
    path = path_of(db).absolute()
    look_at(path)
    if not scorers.is_file():
        raise CommandError(f"no file {scorers}: --with names a Python file with scorers", USAGE)
    with explained(filter_text):
        query = parse(filter_text)
        if query.by is not None or query.sort is not None or query.limit is not None:
            raise CommandError("score scores all that match: give a filter without by, sort and limit", USAGE)
    if not follows:
        with opened(path):
            pass
    else:
        say("scoring traces as they end; Ctrl-C ends it")
    command = [sys.executable, "-m", MODULE, "--db", str(path), "--filter", filter_text, "--with", str(scorers)]
    command += ["--jobs", str(jobs), *(["--follow"] * follows), *(["--record"] * records)]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0
