"""Writing to a file that may be locked, full or out of reach: again and again, until it is done or the process ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from . import guard
from .config import config

if TYPE_CHECKING:
    from ..store.writer import Writer
    from .file_link import FileLink

Written = TypeVar("Written")


class Attempts:
    """For the writer thread, and whoever ends it."""

    def __init__(self, file: FileLink, gate: threading.RLock) -> None:
        """`gate` is held while SQLite is at work: a fork waits for it."""
        self._file = file
        self._gate = gate
        self.obstacle: Exception | None = None
        """Why the last attempt failed; None when it did not."""
        self.last_at = inf
        """What fails after this moment of the monotonic clock is not tried again."""
        self.given_up = 0
        """Spans and changes that the file took none of before the end."""

    def until_written(self, write: Callable[[Writer], Written], wait: Callable[[], None]) -> Written | None:
        """Do `write` as soon as the file takes it; None when this process ends before it does. `wait` comes between."""
        with self._gate:  # a fork in the middle of an import would leave it locked in the child
            import sqlite3

            from ..store.schema import NotATraceFileError

        while True:
            try:
                with self._gate:
                    written = write(self._file.open())
            except (sqlite3.Error, OSError, NotATraceFileError) as error:
                self._file.release()
                self.obstacle = error
                guard.warn(
                    "file", f"cannot write {config.db_path()}: {error}; spans wait in memory until it can be written"
                )
                if self._is_over():
                    return None
                wait()
                if self._is_over():
                    return None
            else:
                self.obstacle = None
                return written

    def _is_over(self) -> bool:
        return monotonic() > self.last_at

    def tell_what_is_lost(self, unfinished: int, patience_s: float) -> None:
        """Say at the end how many spans the file has not got, and why; `unfinished` still waited after `patience_s`."""
        lost, self.given_up = self.given_up + unfinished, 0
        if lost:
            why = self.obstacle or f"writing to {config.db_path()} took longer than {patience_s:.0f} s"
            spans = "1 span is" if lost == 1 else f"{lost:,} spans are"
            guard.warn("lost at the end", f"{spans} lost, not written before the program ended: {why}")
