"""Write the attachments of a trace to files."""

from __future__ import annotations

import errno
import mimetypes
import os
from pathlib import Path

from ..file.private_file import write_atomically
from ..model.rows import AttachmentRow
from .reader import Reader

_ID_CHARS = 16
"""How many characters of its id the name of a file has."""


def write(reader: Reader, trace: int, directory: Path, *, replace: bool = False) -> dict[str, Path]:
    """Write the attachments of the trace with this trace.id into a directory; return the file of each id.

    Creates the directory if needed. The name of a file follows from its contents, so an existing file is the same
    attachment; raises FileExistsError if it is not, unless `replace` is set. Raises other OSErrors too.
    """
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {}
    for attachment in reader.attachments(trace):
        if (found := reader.attachment(attachment.id)) is not None:
            files[attachment.id] = path = directory / _name(attachment)
            if replace or not _holds(path, found[1]):
                write_atomically(path, [found[1]], replace=replace)
    return files


def _holds(path: Path, content: bytes) -> bool:
    return not path.is_symlink() and path.is_file() and path.read_bytes() == content


def _name(attachment: AttachmentRow) -> str:
    # A program chose the content type; the guessed extension is always one of those that Python knows.
    extension = mimetypes.guess_extension(attachment.content_type.partition(";")[0].strip()) or ".bin"
    return attachment.id[:_ID_CHARS] + extension
