"""The trace file as this process reads it back: everything recorded before the call is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...store.read.reader import Reader
from ..recording import process_recorder, read_gate
from ..settings.settings import config

FLUSH_TIMEOUT_S = 10.0
"""How long reading waits for the writer thread; what is not written by then is not seen."""


@contextmanager
def opened_file() -> Iterator[Reader | None]:
    """The file, after a flush; None while there is none. Raises NotATraceFileError or sqlite3.Error as the reader."""
    process_recorder.get().flush(FLUSH_TIMEOUT_S)
    path = config.db_path()
    if not path.exists():
        yield None
        return
    with read_gate.gate.reading(), Reader(path) as reader:
        yield reader
