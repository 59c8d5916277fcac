"""Make a trace file smaller: delete traces, and return the free space to the file system."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ..file import schema
from .deletion import deletable_traces, delete_traces, delete_until_below, in_batches, used_bytes
from .statements.transaction import Transaction

_PAUSE_S = 0.005
"""The pause between two transactions, in which waiting writers begin theirs."""

_FREE_SHARE = 0.25
"""The least share of free pages at which `compact` rewrites the file."""


class NoRoomError(OSError):
    """The disk has too little free space to rewrite the file."""

    def __init__(self, needed_bytes: int) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.needed_bytes = needed_bytes


class Pruned(NamedTuple):
    """How much was deleted so far."""

    traces: int
    spans: int


def prune(
    path: Path,
    traces: Collection[int],
    gone: Collection[int],
    *,
    down_to_bytes: int | None = None,
    on_progress: Callable[[Pruned], None] = lambda pruned: None,
) -> Pruned:
    """Delete the traces with these trace.id, oldest first; stop when the file has at most `down_to_bytes`.

    Traces with open spans are kept, unless the processes of these spans are in `gone`. Other processes may write in the
    meantime. `on_progress` is called after each transaction and may raise an exception to stop. On a disk that is
    nearly full, the transactions become smaller.

    Raises what `schema.open_for_writing` raises, and sqlite3.OperationalError when the file cannot be written now.
    """
    connection = schema.open_for_writing(path)
    try:
        pruned = Pruned(0, 0)
        left = deletable_traces(connection, gone, traces).fetchall()
        begin = 0
        most: int | None = None  # the most traces per transaction, on a disk that is nearly full
        while begin < len(left):
            if down_to_bytes is not None and used_bytes(connection) <= down_to_bytes:
                break
            some = next(in_batches(islice(left, begin, None if most is None else begin + most)))
            try:
                with Transaction(connection) as transaction:
                    found = deletable_traces(
                        connection, gone, some
                    ).fetchall()  # again: another process may have opened a span
                    if down_to_bytes is None:
                        delete_traces(connection, [trace for trace, _ in found])
                    else:
                        found = delete_until_below(connection, found, down_to_bytes)
                    transaction.advance(rev=transaction.sequence[0] + 1)  # readers notice the change
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_FULL" or len(some) == 1:
                    raise
                most = len(some) // 2
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                continue
            begin += len(some)
            if most is not None:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # frees the space of the log
            pruned = Pruned(pruned.traces + len(found), pruned.spans + sum(spans for _, spans in found))
            on_progress(pruned)
            time.sleep(_PAUSE_S)
        return pruned
    finally:
        connection.close()


def compact(path: Path) -> bool:
    """Rewrite the file without its free pages if they are a large share; return whether the file was rewritten.

    Writers wait in the meantime. SQLite writes a temporary file and then the log next to the file: raises NoRoomError
    when the disk of the file has too little free space, and sqlite3.OperationalError when the disk of temporary files
    has too little free space or the file is in use for too long.
    """
    connection = schema.open_for_writing(path)
    try:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        used = used_bytes(connection)
        if used > (1 - _FREE_SHARE) * pages * page_bytes:
            return False
        if shutil.disk_usage(path.parent).free < used:
            raise NoRoomError(used)
        try:
            connection.execute("VACUUM")
        finally:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a failed VACUUM leaves nothing in the log
        return True
    finally:
        connection.close()
