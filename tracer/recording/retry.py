"""Retries of a write while the file is locked, full or out of reach, until it succeeds or the process ends.

The pauses (backoff) and the turns of several processes are in `store/file/busy_wait.py`."""

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
    from .file_session import FileSession
    from .fork_gates import WriteGate

Written = TypeVar("Written")

EXIT_TIMEOUT_S = 10.0
"""How long the end of a process waits for the file while nobody writes to it, neither this process nor another."""

EXIT_FAULT_S = 2.0
"""How long the end of a process waits for a file that has a fault, which time rarely mends: a folder that cannot be
written, a full disk."""

MOST_EXIT_S = 60.0
"""How long the end of a process waits while this process writes, or others whose turn it is."""

_LONG_WAIT_S = 0.5
"""The interval of measuring the memory of waiting spans, while another process holds the file."""


class RetryLoop:
    """Used by the writer thread, and by the thread that does its work where there is none."""

    def __init__(self, file: FileSession, gate: WriteGate, measure_memory: Callable[[], None]) -> None:
        self._file = file
        self._gate = gate
        self._measure_memory = measure_memory
        self.obstacle: Exception | None = None
        """Why the last attempt failed; None where it succeeded."""
        self.deadline = inf
        """Time of the monotonic clock after which a failed attempt is not repeated."""
        self._last_deadline = inf
        self.given_up = 0
        """Spans and edits that were not written before the deadline."""

    def set_deadline(self, patience_s: float) -> None:
        """Repeat no attempt that fails when `patience_s` have passed without progress."""
        now = monotonic()
        self.deadline = now + patience_s
        self._last_deadline = now + MOST_EXIT_S

    def clear_deadline(self) -> None:
        """Undo `set_deadline`."""
        self.deadline = self._last_deadline = inf

    def until_written(self, write: Callable[[Writer], Written], wait: Callable[[Exception], None]) -> Written | None:
        """Call `write` until the file accepts it, and return its result; None where the deadline comes first.

        `wait` runs between attempts, except while other processes have their turn. Raises what `write` raises, except
        for errors of the file.
        """
        with self._gate:  # a fork in the middle of an import would leave its lock held in the child
            import sqlite3

            from ...store.file import busy_wait, schema
        turn = busy_wait.BusyWait(2 * schema.BUSY_TIMEOUT_S)
        next_look = monotonic() + _LONG_WAIT_S
        while True:
            try:
                with self._gate:
                    written = write(self._open())
            except (sqlite3.Error, OSError, schema.NotATraceFileError, _OpeningError) as failed:
                error = _without_frames(failed.reason if isinstance(failed, _OpeningError) else failed)
                if turn.should_retry(error, self._file.commits()):
                    if turn.others_commit:
                        self._note_progress()
                    if not self.is_past_deadline():
                        native.sleep(busy_wait.retry_pause_s())
                        if monotonic() > next_look:
                            next_look = monotonic() + _LONG_WAIT_S
                            self._measure_memory()
                        continue
                self._file.release()
                self.obstacle = error
                if self.deadline != inf and not busy_wait.is_busy(error):
                    self.deadline = self._last_deadline = min(self.deadline, monotonic() + EXIT_FAULT_S)
                guard.warn(
                    "file", f"cannot write {config.db_path()}: {error}; spans wait in memory until it can be written"
                )
                if self.is_past_deadline():
                    return None
                wait(error)
                if self.is_past_deadline():
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
        if self.deadline != inf:
            self.deadline = min(max(self.deadline, monotonic() + EXIT_TIMEOUT_S), self._last_deadline)

    def is_past_deadline(self) -> bool:
        """Whether an attempt that fails now is not repeated."""
        return monotonic() > self.deadline

    def warn_of_losses(self, unfinished: int = 0) -> None:
        """Warn how many spans were not written before the program ended, and why; `unfinished` spans still wait."""
        lost, self.given_up = self.given_up + unfinished, 0
        if lost:
            why = self.obstacle or f"writing to {config.db_path()} took too long"
            spans = "1 span is" if lost == 1 else f"{lost:,} spans are"
            guard.warn("lost at the end", f"{spans} lost, not written before the program ended: {why}")


def _without_frames(error: Exception) -> Exception:
    """The exception without its frames. It is kept for long, and its frames would keep the locks of modules whose
    import failed: gevent may replace, in the middle of an import, the function that returns a lock's owner, and no
    later import would get the lock."""
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


class _OpeningError(Exception):
    """The file could not be opened, for whatever reason: no span caused it, so the spans wait."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason = reason
