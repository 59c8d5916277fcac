"""Waiting for a turn: one process writes at a time, and each of many is to have its turn."""

from __future__ import annotations

import random
import sqlite3
import time

PAUSE_S = 0.002
"""Between two tries, on an average: of those who wait none is heard sooner than the others."""


class Turn:
    """A wait for the transactions of other processes."""

    def __init__(self, patience_s: float) -> None:
        """`patience_s` is how long to wait while nobody commits."""
        self._patience_s = patience_s
        self._began = time.monotonic()
        self._commits: int | None = None
        self.has_moved = False
        """Whether another process has committed since the last look."""

    def may_come(self, error: Exception, commits: int | None) -> bool:
        """Whether to try again after `error`: while the file is busy and others commit, which changes `commits`, or
        have done so a moment ago."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
            return False
        now = time.monotonic()
        self.has_moved = commits is not None and self._commits is not None and commits != self._commits
        self._commits = commits if commits is not None else self._commits
        if self.has_moved:
            self._began = now
        return now - self._began < self._patience_s


def pause_s() -> float:
    """How long to pause before the next try."""
    return 2 * PAUSE_S * random.random()
