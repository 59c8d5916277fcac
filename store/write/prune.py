"""A trace file made smaller: traces removed, and the space given back."""

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
from .transaction import Transaction

_PAUSE_S = 0.005
"""Between transactions, so that the writers that wait get their turn."""

_FREE_SHARE = 0.25
"""Of a file that is worth being written anew without its free pages."""


class NoRoomError(OSError):
    """The disk has too little room to write the file anew."""

    def __init__(self, needed_bytes: int) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.needed_bytes = needed_bytes


class Pruned(NamedTuple):
    """What was removed so far."""

    traces: int
    spans: int


def prune(
    path: Path,
    traces: Collection[int],
    gone: Collection[int],
    *,
    down_to_bytes: int | None = None,
    tell: Callable[[Pruned], None] = lambda pruned: None,
) -> Pruned:
    """Remove these traces, by their trace.id, oldest first; at most until the file holds no more than `down_to_bytes`.

    What somebody is writing stays; `gone` are the processes that are not there any more. Other processes may write
    meanwhile. `tell` is called after each step, and may raise to stop there. On a disk that is nearly full the steps
    get smaller.
    Raises what `schema.open_for_writing` raises, and sqlite3.OperationalError when the file cannot be written now.
    """
    connection = schema.open_for_writing(path)
    try:
        pruned = Pruned(0, 0)
        left = deletable_traces(connection, gone, traces).fetchall()
        begin = 0
        most: int | None = None  # traces at once, where the disk is nearly full
        while begin < len(left):
            if down_to_bytes is not None and used_bytes(connection) <= down_to_bytes:
                break
            some = next(in_batches(islice(left, begin, None if most is None else begin + most)))
            try:
                with Transaction(connection) as transaction:
                    found = deletable_traces(connection, gone, some).fetchall()  # again: one of them may have gone on
                    if down_to_bytes is None:
                        delete_traces(connection, [trace for trace, _ in found])
                    else:
                        found = delete_until_below(connection, found, down_to_bytes)
                    transaction.advance(rev=transaction.sequence[0] + 1)  # readers look when it moves
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_FULL" or len(some) == 1:
                    raise
                most = len(some) // 2
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                continue
            begin += len(some)
            if most is not None:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # its room is all there is
            pruned = Pruned(pruned.traces + len(found), pruned.spans + sum(spans for _, spans in found))
            tell(pruned)
            time.sleep(_PAUSE_S)
        return pruned
    finally:
        connection.close()


def compact(path: Path) -> bool:
    """Give the free space of a file back, where it is a good part of it; whether that was done.

    Writers wait meanwhile. The file is written anew among the temporary files and then beside the old one: raises
    NoRoomError when its disk has too little room for that, and sqlite3.OperationalError when temporary files have, or
    the file is in use for too long.
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
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what did not fit is not left in the log
        return True
    finally:
        connection.close()
