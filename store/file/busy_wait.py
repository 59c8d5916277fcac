"""Retry a transaction while other processes write the file, without starving any of them.

This is the backoff of `tracer/recording/retry.py`.
"""

from __future__ import annotations

import random
import sqlite3
import time

PAUSE_S = 0.002
"""The mean pause between two tries; random, so that no waiting process is always first."""


class BusyWait:
    """Decides how long to retry while the transactions of other processes keep the file busy."""

    def __init__(self, patience_s: float) -> None:
        """`patience_s` is how long to retry while no other process commits."""
        self._patience_s = patience_s
        self._began = time.monotonic()
        self._commits: int | None = None
        self.others_commit = False
        """Whether another process has committed since the last look."""

    def should_retry(self, error: Exception, commits: int | None) -> bool:
        """Whether to try again after `error`: while the file is busy and others commit, which changes `commits`, or
        have done so a moment ago."""
        if not is_busy(error):
            return False
        now = time.monotonic()
        self.others_commit = commits is not None and self._commits is not None and commits != self._commits
        self._commits = commits if commits is not None else self._commits
        if self.others_commit:
            self._began = now
        return now - self._began < self._patience_s


def is_busy(error: Exception) -> bool:
    """Whether another process holds the file for its transaction; every other error is a fault of the file."""
    return bool(getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY)


def retry_pause_s() -> float:
    """Return a random pause before the next try."""
    return 2 * PAUSE_S * random.random()
