"""Writing to a file that may be locked, full or out of reach: again and again, until it is done or the process ends."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from .. import guard
from ..host import native_threads as native
from ..settings.settings import config

if TYPE_CHECKING:
    from ...store.write.writer import Writer
    from .file_session import FileLink
    from .write_gate import WriteGate

Written = TypeVar("Written")

EXIT_TIMEOUT_S = 10.0
"""How long the end of a process waits for the file while nothing is written to it, neither by us nor by others."""

MOST_EXIT_S = 60.0
"""How long the end of a process waits while the file is written, by us or by others whose turn it is."""

_LONG_WAIT_S = 0.5
"""A wait for a turn after which the memory that waiting spans take is looked at."""


class Attempts:
    """For the writer thread, and whoever takes its place."""

    def __init__(self, file: FileLink, gate: WriteGate, look_at_memory: Callable[[], None]) -> None:
        self._file = file
        self._gate = gate
        self._look_at_memory = look_at_memory
        self.obstacle: Exception | None = None
        """Why the last attempt failed; None when it did not."""
        self.last_at = inf
        """What fails after this moment of the monotonic clock is not tried again."""
        self._end_at = inf
        self.given_up = 0
        """Spans and changes that the file took none of before the end."""

    def end_within(self, patience_s: float) -> None:
        """Try nothing again that fails when `patience_s` has passed without progress."""
        now = monotonic()
        self.last_at = now + patience_s
        self._end_at = now + MOST_EXIT_S

    def go_on(self) -> None:
        """End `end_within`."""
        self.last_at = self._end_at = inf

    def until_written(self, write: Callable[[Writer], Written], wait: Callable[[Exception], None]) -> Written | None:
        """Do `write` as soon as the file takes it; None when this process ends before it does.

        `wait` comes between, but not while the file is busy with the turns of other processes. What `write` raises
        beside errors of the file is passed on.
        """
        with self._gate:  # a fork in the middle of an import would leave it locked in the child
            import sqlite3

            from ...store.file import busy_wait, schema
        own_turn = busy_wait.BusyWait(2 * schema.BUSY_TIMEOUT_S)
        next_look = monotonic() + _LONG_WAIT_S
        while True:
            try:
                with self._gate:
                    written = write(self._open())
            except (sqlite3.Error, OSError, schema.NotATraceFileError, _OpeningError) as failed:
                error = _without_frames(failed.reason if isinstance(failed, _OpeningError) else failed)
                if own_turn.should_retry(error, self._file.commits()):
                    if own_turn.others_commit:
                        self._note_progress()
                    if not self.is_over():
                        native.sleep(busy_wait.retry_pause_s())
                        if monotonic() > next_look:
                            next_look = monotonic() + _LONG_WAIT_S
                            self._look_at_memory()
                        continue
                self._file.release()
                self.obstacle = error
                guard.warn(
                    "file", f"cannot write {config.db_path()}: {error}; spans wait in memory until it can be written"
                )
                if self.is_over():
                    return None
                wait(error)
                if self.is_over():
                    return None
            else:
                self.obstacle = None
                self._note_progress()
                return written

    def _open(self) -> Writer:
        try:
            return self._file.open()
        except Exception as error:
            raise _OpeningError(error) from error

    def _note_progress(self) -> None:
        if self.last_at != inf:
            self.last_at = min(max(self.last_at, monotonic() + EXIT_TIMEOUT_S), self._end_at)

    def is_over(self) -> bool:
        """Whether what fails now is not tried again."""
        return monotonic() > self.last_at

    def tell_what_is_lost(self, unfinished: int = 0) -> None:
        """Warn at the end of how many spans the file has not got, and why; `unfinished` still waited."""
        lost, self.given_up = self.given_up + unfinished, 0
        if lost:
            why = self.obstacle or f"writing to {config.db_path()} took too long"
            spans = "1 span is" if lost == 1 else f"{lost:,} spans are"
            guard.warn("lost at the end", f"{spans} lost, not written before the program ended: {why}")


def _without_frames(error: Exception) -> Exception:
    """The exception alone, which is kept for long. Its frames would keep the locks of modules whose import failed, as
    when gevent replaces, in the middle of it, the function that tells which thread has a lock: no import after it
    would ever get one."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


class _OpeningError(Exception):
    # Whatever kept the file from being opened concerns no span: they wait.
    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason = reason
