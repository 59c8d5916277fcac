"""Report what happens to a trace file: it appears, changes, is replaced, disappears, cannot be read.

A blocking generator for one thread. While the file changes, the tail asks SQLite every 20 ms whether another connection
has committed (4 us). Without changes it polls less often, and then waits for notifications of the operating system. It
still checks four times a second, because notifications miss a folder that was deleted and created again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from ..file import paths, schema
from ..file.errors import OPEN_ERRORS, explain, is_transient
from .file_watch import FileWatch, Watch
from .reader import Reader

MOST_PER_SECOND = 15
"""The most changes per second: each redraws the screen, and nobody sees more."""

ACTIVE_S = 0.020
"""The polling interval while the file changes."""
BACKED_OFF_S = 0.050
"""The polling interval after `ACTIVE_FOR_S` without a change."""
ACTIVE_FOR_S = 2.0
"""How long after a change the polling interval is `ACTIVE_S`."""
ASLEEP_AFTER_S = 5.0
"""After this long without a change, the tail waits for notifications."""
CHECK_S = 0.240
"""The interval of checks whether the path still has the same file, and the longest wait."""


class Kind(Enum):
    """What happened to the file."""

    OPENED = "opened"
    """The file can be read: discard earlier results, and read."""
    CHANGED = "changed"
    """Rows were written: rows with a larger rev than before are new."""
    REPLACED = "replaced"
    """The path has another file, or the file begins again: discard earlier results, and read."""
    GONE = "gone"
    """There is no file; `message` contains the path."""
    FAILED = "failed"
    """The file cannot be read; `message` contains the reason. The tail tries again."""


class Change(NamedTuple):
    """One change of the file."""

    kind: Kind
    rev: int = 0
    """The last revision in the file."""
    message: str = ""
    """The message for the user, for GONE and FAILED."""


class Tail:
    """Follows the trace file at `path` until `stop` is set.

    Iterate a tail in one thread. Between two changes this thread may use `reader`.
    """

    def __init__(
        self,
        path: Path,
        stop: threading.Event,
        *,
        most_per_second: float = MOST_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
        watch: Callable[[Path, threading.Event], Watch] = FileWatch,
    ) -> None:
        self.path = path
        self.reader: Reader | None = None
        """The reader of the file; None while the file cannot be read."""
        self._stop = stop
        self._pause_s = 1 / most_per_second
        self._clock = clock
        self._wait = wait or stop.wait
        self._make_watch = watch
        self._watch: Watch | None = None
        self._identity: tuple[int, int] | None = None
        self._is_frozen = False
        self._reported: Change | None = None
        self._rev = 0
        self._failure: Exception | None = None
        self._unreadable: tuple[object, ...] | None = None
        """The fingerprint of the file when the consumer could not read it."""
        self._fingerprint: tuple[object, ...] | None = None

    def fail(self, error: Exception) -> None:
        """Report next that the consumer cannot read the file, and open the file again after it has changed."""
        if self._failure is None:
            self._failure = error

    def __iter__(self) -> Iterator[Change]:
        """Yield changes: the first at once, then at most so many per second, and always the last one."""
        try:
            while not self._stop.is_set():
                if self.reader is None:
                    yield from self._open(Kind.OPENED)
                    if self.reader is None:
                        self._wait(CHECK_S)
                else:
                    yield from self._follow(self.reader)
        finally:
            self._close()

    def _open(self, kind: Kind) -> Iterator[Change]:
        """Try to open the file, and yield the result unless it is the same as before."""
        if self._unreadable is not None and self._unreadable == paths.fingerprint(self.path):
            return
        self._unreadable = None
        try:
            self._fingerprint = paths.fingerprint(self.path)
            self._identity, self._is_frozen = paths.identity(self.path), schema.is_frozen(self.path)
            self.reader = Reader(self.path)
            self._rev = self.reader.rev()
            change = Change(kind, self._rev)
        except FileNotFoundError:
            change = Change(Kind.GONE, message=f"no trace file at {self.path} yet")
        except OPEN_ERRORS as error:
            change = Change(Kind.FAILED, message=explain(self.path, error))
        if change.kind in (Kind.GONE, Kind.FAILED):
            self._close()
            if change == self._reported:
                return
        self._reported = change
        yield change

    def _follow(self, reader: Reader) -> Iterator[Change]:
        """Yield changes while the path has the file that `reader` has open."""
        now = self._clock()
        last_change = now
        free_at = now  # when the next change may be yielded
        check_at = now + CHECK_S
        seen = None  # so that the first iteration checks whether the rev has changed since the file was opened
        dirty = False
        while not self._stop.is_set():
            now = self._clock()
            if self._failure is not None:
                yield self._failed(self._failure)
                return
            if now >= check_at:
                check_at = now + CHECK_S
                if not self._is_same_file():
                    self._close()
                    yield from self._open(Kind.REPLACED)
                    return
            try:
                version = reader.data_version()
                if version != seen:
                    reader.check_version()
                    seen, dirty = version, True
                if dirty and now >= free_at:
                    dirty = False
                    rev = reader.rev()
                    if rev < self._rev:  # restored or emptied in place
                        self._rev = rev
                        yield Change(Kind.REPLACED, rev)
                    elif rev > self._rev:
                        self._rev = rev
                        last_change, free_at = now, now + self._pause_s
                        yield Change(Kind.CHANGED, rev)
            except OPEN_ERRORS as error:
                if not is_transient(error):
                    self._close()
                    self._wait(ACTIVE_S)
                    yield from self._open(Kind.REPLACED)
                    return
                dirty, free_at = True, now + ACTIVE_S
            self._sleep(now - last_change, free_at - now if dirty else None)

    def _failed(self, error: Exception) -> Change:
        self._failure = None
        self._close()
        self._unreadable = paths.fingerprint(self.path)
        self._reported = Change(Kind.FAILED, message=explain(self.path, error))
        return self._reported

    def _sleep(self, quiet_s: float, due_s: float | None) -> None:
        if due_s is not None:
            self._wait(max(0.001, min(due_s, ACTIVE_S)))
        elif quiet_s < ACTIVE_FOR_S:
            self._wait(ACTIVE_S)
        elif quiet_s < ASLEEP_AFTER_S:
            self._wait(BACKED_OFF_S)
        else:
            if self._watch is None:
                self._watch = self._make_watch(self.path, self._stop)
            self._watch.wait(CHECK_S)

    def _is_same_file(self) -> bool:
        # No other file can have the same inode number: the reader has the old file open.
        if self._identity is None or paths.identity(self.path) != self._identity:
            return False
        if self._is_frozen and not schema.is_frozen(self.path):  # a process with more permissions has begun to write it
            return False
        fingerprint = paths.fingerprint(self.path)
        if fingerprint != self._fingerprint:
            # A connection with pages in memory does not notice that another program has overwritten the file.
            self._fingerprint = fingerprint
            try:
                with Reader(self.path) as reader:
                    reader.rev()
            except OPEN_ERRORS as error:
                return is_transient(error)
        return True

    def _close(self) -> None:
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
