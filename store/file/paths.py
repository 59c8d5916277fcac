"""Where the trace file of a project is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "TRACETUI_DB"
"""The environment variable that names the trace file."""

FOLDER = ".tracetui"
FILE_NAME = "traces.db"

_PROJECT_MARKS = (FOLDER, ".git", "pyproject.toml")


def default_path(start: Path | None = None) -> Path:
    """The trace file that a server and an explorer started anywhere in one project share.

    Without `start`, `$TRACETUI_DB` if it is set; else `.tracetui/traces.db` in the nearest ancestor of `start` (or
    the current directory) that has a `.tracetui/`, a `.git` or a `pyproject.toml`; else in `start` itself. A folder
    that somebody named goes before the variable.
    """
    if start is None and (named := os.environ.get(VARIABLE)):
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in _PROJECT_MARKS):
            return folder / FOLDER / FILE_NAME
    return here / FOLDER / FILE_NAME


def identity(path: Path) -> tuple[int, int] | None:
    """What tells the file at a path from any other that takes its place; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def fingerprint(path: Path) -> tuple[object, ...]:
    """What changes when the file at a path, or the log beside it, is written or replaced."""
    seen: list[object] = []
    for one in (path, path.with_name(path.name + "-wal")):
        try:
            status = one.stat()
        except OSError:
            seen.append(None)
        else:
            seen.append((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(seen)


def create_private(path: Path) -> None:
    """Create the empty trace file at `path`, readable by its owner only: prompts are secrets.

    A missing `.tracetui` folder is made 0700, with a `.gitignore` that keeps it out of every commit.
    Raises OSError when the place cannot be written.
    """
    folder = path.parent
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.name == FOLDER:
        with suppress(OSError):  # it is there, or is a link, which is not followed; or the folder cannot be written
            ignore = os.open(folder / ".gitignore", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                os.write(ignore, b"*\n")
            finally:
                os.close(ignore)
    if not path.exists():  # closing any descriptor of the file would drop the locks of this process's connections
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
