"""The process that imports documents: it records like a traced program, so it has the tracer, and this one has not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import CommandError, say

MODULE = "tracetui.tracer.ingest"

_STARTS = (b"{", b"[", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""The first bytes of a document: JSON, gzip or zstd."""

_PROTOBUF = (".pb", ".binpb")
"""The ends of the names of documents in protobuf, whose first bytes may be any."""


def is_document(path: Path) -> bool:
    """Whether a path is a file that may be imported, by its first bytes, or its name for protobuf."""
    try:
        if path.suffix in _PROTOBUF:
            return path.is_file()
        with path.open("rb") as file:
            return file.read(64).lstrip().startswith(_STARTS)
    except OSError:
        return False


def import_documents(db: Path, documents: Sequence[Path], *, filter_text: str = "", is_quiet: bool = False) -> int:
    """Write the traces of documents and trace files into the trace file `db`; returns the exit code of the process.

    `filter_text` chooses among the traces of trace files.

    With `is_quiet`, what it says is passed on only if it fails; then raises CommandError.
    """
    command = [sys.executable, "-m", MODULE, "--db", str(db), "--filter", filter_text, *map(str, documents)]
    if not is_quiet:
        return subprocess.run(command, check=False).returncode
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["the process of the import failed"]
        for line in lines[:-1]:
            say(line.removeprefix("tracetui: "))
        raise CommandError(lines[-1].removeprefix("tracetui: ").removeprefix("left out: "))
    return 0
