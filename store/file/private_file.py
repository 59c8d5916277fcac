"""Files that leave the trace file: readable by their owner only, whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: Path, pieces: Iterable[bytes], *, replace: bool = False) -> None:
    """Put the pieces into a new file at `path`. Raises OSError, FileExistsError where there is anything already.

    With `replace` the new file takes the place of the file that was there. A link is neither followed nor replaced.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link, which is not followed", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")  # made 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if not replace:
            _claim(name, path)
        os.replace(name, path)  # does nothing where both are one file
    except BaseException:
        os.unlink(name)
        raise
    if os.path.lexists(name):
        os.unlink(name)


def _claim(name: str, path: Path) -> None:
    # Another file may have come meanwhile; unlike a rename, a link and an exclusive opening leave it alone.
    try:
        os.link(name, path)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except (OSError, NotImplementedError):  # a file system without links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
