"""The path of the trace file of a project, and what identifies the file at a path."""

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
    """Return the path that a server and an explorer share when they start anywhere in one project.

    Without `start`, this is `$TRACETUI_DB` if it is set. Otherwise it is `.tracetui/traces.db` in the nearest folder,
    from `start` (or the current directory) upwards, that contains `.tracetui/`, `.git` or `pyproject.toml`; or in
    `start` itself if there is none. An explicit `start` has priority over the variable.
    """
    if start is None and (named := os.environ.get(VARIABLE)):
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in _PROJECT_MARKS):
            return folder / FOLDER / FILE_NAME
    return here / FOLDER / FILE_NAME


def identity(path: Path) -> tuple[int, int] | None:
    """Return what distinguishes the file at a path from a file that replaces it; None if there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def fingerprint(path: Path) -> tuple[object, ...]:
    """Return a value that changes when the file at a path, or its write-ahead log, is written or replaced."""
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
    """Create an empty trace file at `path` that only its owner can read: prompts may contain secrets.

    Creates a missing `.tracetui` folder with mode 0700 and with a `.gitignore` that excludes it from commits. Raises
    OSError when the path cannot be written.
    """
    folder = path.parent
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.name == FOLDER:
        with suppress(OSError):  # it exists, or is a link, which must not be followed, or the folder is read-only
            ignore = os.open(folder / ".gitignore", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                os.write(ignore, b"*\n")
            finally:
                os.close(ignore)
    if not path.exists():  # closing a descriptor of an existing file would release the locks of this process
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
