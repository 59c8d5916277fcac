"""Counts of the work that a piece of code does: a busy machine does not change them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from sqlite3 import Connection
from types import FrameType
from typing import Any


def calls_in(work: Callable[[], Any]) -> int:
    """Return how many functions, of Python's and built-in ones, `work` calls."""
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


def lines_run(work: Callable[[], object]) -> int:
    """Return how many lines of Python `work` runs."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def sqlite_steps_in(connection: Connection, work: Callable[[], Any]) -> int:
    """Return how many instructions of SQLite's machine `work` runs on this connection, rounded down to ten."""
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
