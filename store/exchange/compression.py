"""Open a document that may be compressed."""

from __future__ import annotations

import gzip
from importlib import import_module
from pathlib import Path
from typing import IO

from .document import FormatError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_READERS_OF_ZSTD = ("compression.zstd", "backports.zstd")
"""The module of the standard library, and the same for older Pythons."""


def opened(path: Path) -> IO[bytes]:
    """Open a file, plain or compressed with gzip or zstd. Raises OSError, and FormatError without zstd."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_ZSTD):
        return _open_zstd(path)
    return gzip.open(path) if start.startswith(_GZIP) else path.open("rb")  # type: ignore[return-value]


def _open_zstd(path: Path) -> IO[bytes]:
    for name in _READERS_OF_ZSTD:
        try:
            module = import_module(name)
        except ImportError:
            continue
        file: IO[bytes] = module.open(path)
        return file
    raise FormatError(f"{path.name} is compressed with zstd; to read it: pip install 'tracetui[zstd]'")
