"""Tell what happens to a trace file: it appears, grows, is replaced, goes away, cannot be read.

A blocking generator for one thread. While things happen it asks SQLite every 20 ms whether another
connection has committed (4 us); when they do not it backs off, and then sleeps on the operating system's
notice with a look four times a second as a net: notices miss a folder that was removed and made again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from ..file import paths, schema
from ..file.errors import FAILURES, explain, is_transient
from .file_watch import FileWatch, Watch
from .reader import Reader

MOST_PER_SECOND = 15
"""Changes delivered in a second: each is a paint, and more of them nobody sees."""

ACTIVE_S = 0.020
"""Between two questions while things happen."""
BACKED_OFF_S = 0.050
"""Between two questions after `ACTIVE_FOR_S` without a change."""
ACTIVE_FOR_S = 2.0
ASLEEP_AFTER_S = 5.0
"""Without a change for so long, the tail sleeps on the file watch."""
LOOK_S = 0.240
"""Between two looks at whether the file is still the same one, and the longest sleep."""


class Kind(Enum):
    """What happened to the file."""

    OPENED = "opened"
    """It is there and can be read: forget what was known, and read."""
    CHANGED = "changed"
    """Rows were written; those with a larger rev than known are new."""
    REPLACED = "replaced"
    """Another file has taken its place, or it was begun anew: forget what was known, and read."""
    GONE = "gone"
    """There is no file, or no longer; `message` says where it is awaited."""
    FAILED = "failed"
    """It is there and cannot be read; `message` says why. The tail keeps trying."""


class Change(NamedTuple):
    """One thing that happened."""

    kind: Kind
    rev: int = 0
    """The last revision in the file."""
    message: str = ""
    """For people; of GONE and FAILED."""


class Tail:
    """Follows the trace file at `path` until `stop` is set.

    Iterate it in one thread. Between two changes `reader` may be asked anything from that thread.
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
        """Reads the file; None while there is none that can be read."""
        self._stop = stop
        self._pause_s = 1 / most_per_second
        self._clock = clock
        self._wait = wait or stop.wait
        self._make_watch = watch
        self._watch: Watch | None = None
        self._identity: tuple[int, int] | None = None
        self._is_frozen = False
        self._told: Change | None = None
        self._rev = 0
        self._failure: Exception | None = None
        self._unreadable: tuple[object, ...] | None = None
        """What the file looked like when the consumer could not read it."""
        self._looked: tuple[object, ...] | None = None

    def fail(self, error: Exception) -> None:
        """The file can be opened, but the consumer cannot read it: that is told next, and the file is tried again when
        it has changed."""
        if self._failure is None:
            self._failure = error

    def __iter__(self) -> Iterator[Change]:
        """The changes as they happen: the first at once, then no more than so many a second, the last one always."""
        try:
            while not self._stop.is_set():
                if self.reader is None:
                    yield from self._open(Kind.OPENED)
                    if self.reader is None:
                        self._wait(LOOK_S)
                else:
                    yield from self._follow(self.reader)
        finally:
            self._close()

    def _open(self, kind: Kind) -> Iterator[Change]:
        """Try to open the file, and tell how that went unless it was told already."""
        if self._unreadable is not None and self._unreadable == paths.fingerprint(self.path):
            return
        self._unreadable = None
        try:
            self._looked = paths.fingerprint(self.path)
            self._identity, self._is_frozen = paths.identity(self.path), schema.is_frozen(self.path)
            self.reader = Reader(self.path)
            self._rev = self.reader.rev()
            change = Change(kind, self._rev)
        except FileNotFoundError:
            change = Change(Kind.GONE, message=f"no trace file at {self.path} yet")
        except FAILURES as error:
            change = Change(Kind.FAILED, message=explain(self.path, error))
        if change.kind in (Kind.GONE, Kind.FAILED):
            self._close()
            if change == self._told:
                return
        self._told = change
        yield change

    def _follow(self, reader: Reader) -> Iterator[Change]:
        """Tell of changes for as long as the file stays the one that `reader` has open."""
        now = self._clock()
        last_change = now
        free_at = now  # when the next change may be told
        look_at = now + LOOK_S
        seen = None  # so that the first turn looks whether the rev has moved since the file was opened
        dirty = False
        while not self._stop.is_set():
            now = self._clock()
            if self._failure is not None:
                yield self._failed(self._failure)
                return
            if now >= look_at:
                look_at = now + LOOK_S
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
                    if rev < self._rev:  # restored or begun anew, in the same place
                        self._rev = rev
                        yield Change(Kind.REPLACED, rev)
                    elif rev > self._rev:
                        self._rev = rev
                        last_change, free_at = now, now + self._pause_s
                        yield Change(Kind.CHANGED, rev)
            except FAILURES as error:
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
        self._told = Change(Kind.FAILED, message=explain(self.path, error))
        return self._told

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
            self._watch.wait(LOOK_S)

    def _is_same_file(self) -> bool:
        # The number cannot come back for another file: the reader holds the old one open.
        if self._identity is None or paths.identity(self.path) != self._identity:
            return False
        if self._is_frozen and not schema.is_frozen(self.path):  # somebody who can has begun to write it
            return False
        look = paths.fingerprint(self.path)
        if look != self._looked:
            # What another program wrote over the file is not seen by a connection that has its pages in memory.
            self._looked = look
            try:
                with Reader(self.path) as reader:
                    reader.rev()
            except FAILURES as error:
                return is_transient(error)
        return True

    def _close(self) -> None:
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None
