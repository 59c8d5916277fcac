"""Write a file atomically, readable by its owner only."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: Path, pieces: Iterable[bytes], *, replace: bool = False) -> None:
    """Write the pieces to a new file at `path`. Raises OSError, or FileExistsError if the path exists.

    With `replace`, the new file replaces an existing file. A link is neither followed nor replaced.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link, which is not followed", str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".part")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if not replace:
            _claim(name, path)
        os.replace(name, path)  # does nothing if both names are the same file
    except BaseException:
        os.unlink(name)
        raise
    if os.path.lexists(name):
        os.unlink(name)


def _claim(name: str, path: Path) -> None:
    # Another process may have created the path; unlike a rename, a link or an exclusive open does not replace it.
    try:
        os.link(name, path)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except (OSError, NotImplementedError):  # a file system without links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
