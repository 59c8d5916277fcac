"""A reader of the trace file that sees everything this process recorded before the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...store.read.reader import Reader
from ..recording import process_recorder
from ..settings.settings import config

FLUSH_TIMEOUT_S = 10.0
"""The longest wait for the writer thread. Spans that are not written by then are not read."""


@contextmanager
def opened_file() -> Iterator[Reader | None]:
    """A reader of the file, after a flush; None while no file exists. Raises NotATraceFileError or sqlite3.Error."""
    process_recorder.get().flush(FLUSH_TIMEOUT_S)
    path = config.db_path()
    if not path.exists():
        yield None
        return
    with process_recorder.reading(), Reader(path) as reader:
        yield reader
