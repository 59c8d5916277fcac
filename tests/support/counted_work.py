"""How much a piece of code does, counted: what no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from sqlite3 import Connection
from types import FrameType
from typing import Any


def calls_in(work: Callable[[], Any]) -> int:
    """The calls of functions, of Python's and of built-in ones, that `work` takes."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    former = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(former)
    return count


def sqlite_steps_in(connection: Connection, work: Callable[[], Any]) -> int:
    """The instructions of SQLite's machine that `work` takes on this connection, to the nearest ten below."""
    count = 0

    def note() -> None:
        nonlocal count
        count += 10

    connection.set_progress_handler(note, 10)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return count
