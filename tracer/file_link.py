"""The recorder's hold on the trace file: opened late, let go for a fork, opened anew when it fails or is replaced."""

from __future__ import annotations

import os
import sys
import threading
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from . import guard
from .config import config

if TYPE_CHECKING:
    from ..store.rows import SpanRecord
    from ..store.writer import Writer

HEARTBEAT_S = 2.0
"""Between signs of life while spans are open; readers call a silent process gone after 10 s."""

ROOM_INTERVAL_S = 0.1
"""Between looks at how much the file holds, where that is limited."""


class FileLink:
    """The writer of this process, when there is one. Used by the writer thread, and by a fork that holds the gate."""

    def __init__(self, gate: threading.RLock) -> None:
        """`gate` is held while SQLite is at work: a fork waits for it."""
        self.writer: Writer | None = None
        self._gate = gate
        self._next_heartbeat = 0.0
        self._next_room = 0.0
        self._told = (0, 0)

    def open(self) -> Writer:
        """The writer, on the file that is at its path now; raises what `Writer` raises."""
        if self.writer is not None and not self.writer.is_in_place():
            self.drop()
        if self.writer is None:
            self.writer = _new_writer()
        self.writer.resume()
        return self.writer

    def has_open(self, span: SpanRecord) -> bool:
        """Whether the file has the span without an end, as far as is known."""
        return self.writer is None or self.writer.is_open(span)

    def release(self) -> None:
        """Let the next `open` try with a new connection; what is known of the file stays true."""
        if self.writer is not None:
            try:
                with self._gate:
                    self.writer.release()
            except Exception:
                self.drop()

    def drop(self) -> None:
        """Close the file and forget what is known of it."""
        writer, self.writer = self.writer, None
        if writer is not None:
            try:
                with self._gate:
                    writer.close()
            except Exception:
                guard.fault("closing the trace file")

    def beat_if_due(self, dropped: int, *, has_open_spans: bool) -> None:
        """Tell the file that this process lives while its spans are open, and what was lost when that has changed."""
        if self.writer is None or monotonic() < self._next_heartbeat:
            return
        if has_open_spans or self._told != (dropped, guard.fault_count):
            self._beat(self.writer, dropped)

    def make_room_if_due(self) -> None:
        """Let the oldest traces go, some at a time, while the file holds more than it may."""
        if not config.max_file_bytes or self.writer is None or monotonic() < self._next_room:
            return
        import sqlite3

        removed = 0
        try:
            with self._gate:
                self.writer.resume()
                removed = self.writer.make_room(config.max_file_bytes, time_ns())
        except sqlite3.Error as error:
            guard.warn("room", f"cannot delete the oldest traces of {config.db_path()}: {error}")
        if not removed:
            self._next_room = monotonic() + ROOM_INTERVAL_S

    def end(self, dropped: int) -> None:
        """Tell the file that this process has ended, and close it."""
        if self.writer is not None:
            self._beat(self.writer, dropped, ended=True)
            self.drop()

    def _beat(self, writer: Writer, dropped: int, *, ended: bool = False) -> None:
        import sqlite3

        self._next_heartbeat = monotonic() + HEARTBEAT_S
        losses = dropped, guard.fault_count
        try:
            with self._gate:
                writer.resume()
                writer.heartbeat(time_ns(), *losses, ended=ended)
            self._told = losses
        except sqlite3.Error as error:
            guard.warn("heartbeat", f"cannot write {config.db_path()}: {error}")


def _new_writer() -> Writer:
    from functools import partial

    from ..store.prices import Prices
    from ..store.writer import Process, Writer
    from . import deployment, redaction

    process = Process(
        pid=os.getpid(),
        host=os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", ""),
        service=config.service,
        command=redaction.clean_command(sys.orig_argv) if config.redact else " ".join(sys.orig_argv),
        python=".".join(map(str, sys.version_info[:3])),
        started_ns=time_ns(),
    )
    prices = Prices(config.prices, partial(guard.warn, "prices"))
    facts = deployment.facts({"version": config.version, "environment": config.environment})
    return Writer(config.db_path(), process, prices, facts)
