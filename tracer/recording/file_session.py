"""The recorder's hold on the trace file: opened late, let go for a fork, opened anew when it fails or is replaced."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from .. import guard
from ..settings.settings import config

if TYPE_CHECKING:
    from ...store.file.process import Process
    from ...store.model.rows import SpanRecord
    from ...store.write.writer import Writer
    from .write_gate import WriteGate

HEARTBEAT_S = 2.0
"""Between signs of life while spans are open; readers call a silent process gone after 10 s."""

TURN_MS = 10
"""How long SQLite waits for another process's transaction. It looks ever more seldom, at last ten times a second, so
that who has waited longest is the last to have a turn: `Attempts` asks again instead, and a fork need not wait."""

ROOM_INTERVAL_S = 0.1
"""Between looks at how much the file holds, where that is limited."""


class FileLink:
    """The writer of this process, when there is one. Used by the writer thread, and by a fork that holds the gate."""

    def __init__(self, gate: WriteGate) -> None:
        """`gate` is held while SQLite is at work: a fork waits for it."""
        self.writer: Writer | None = None
        self._gate = gate
        self._next_heartbeat = 0.0
        self._next_room = 0.0
        self._told = (0, 0)
        self._told_before = (0, 0)
        """What the rows of this process have that are closed: each loss is counted in one row."""
        self._process: Process | None = None
        self._former: Writer | None = None
        """The one before, with spans that are still open: they end in the rows where they began."""

    def open(self) -> Writer:
        """The writer, on the file that is at its path now; raises what `Writer` raises."""
        if self.writer is not None and not self.writer.is_in_place():
            self.drop()
        if self.writer is None:
            self._process = _this_process()
            self.writer = _new_writer(self._process)
            former, self._former = self._former, None
            if former is not None:
                self.writer.adopt_open_spans(former)
        self.writer.resume()
        return self.writer

    def has_open(self, span: SpanRecord) -> bool:
        """Whether the file has the span without an end, as far as is known."""
        writer = self.writer or self._former
        return writer is None or writer.is_open(span)

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

    def _untold(self, told: tuple[int, int]) -> tuple[int, int]:
        return told[0] - self._told_before[0], told[1] - self._told_before[1]

    def end(self, losses: int) -> bool:
        """Close the file for now; whether spans that are open go on in it when it is opened again."""
        self._told_before = losses, guard.fault_count
        writer = self.writer
        self.drop()
        if writer is not None and writer.has_open_spans() and writer.is_in_place():
            self._former = writer
        return self._former is not None

    def is_in_place(self) -> bool:
        """Whether there is a file open, and it is still the one at its path."""
        return self.writer is not None and self.writer.is_in_place()

    def commits(self) -> int | None:
        """A number that changes when another process has committed; None where it is not known."""
        try:
            with self._gate:
                return None if self.writer is None else self.writer.data_version()
        except Exception:
            return None

    def is_beat_due(self, losses: int, *, has_open_spans: bool) -> bool:
        """Whether to tell the file that this process lives, while its spans are open, or that it has lost more."""
        if monotonic() < self._next_heartbeat or not self.is_in_place():
            return False
        from ...store.file import loss_notes

        return has_open_spans or self._told != (losses, guard.fault_count) or loss_notes.has_notes(config.db_path())

    def beat(self, writer: Writer, losses: int, *, has_ended: bool = False) -> bool:
        """Tell the file that this process lives, or has ended, and what it and those before it lost. Raises
        sqlite3.Error. True: it is told."""
        told = losses, guard.fault_count
        writer.heartbeat(time_ns(), *self._untold(told), ended=has_ended)
        writer.apply_loss_notes()
        self._next_heartbeat = monotonic() + HEARTBEAT_S
        self._told = told
        return True

    def leave_note(self, losses: int, obstacle: Exception | None) -> None:
        """Keep beside the file what this process lost, for the next process that can write it."""
        try:
            with self._gate:  # see Attempts.until_written
                from ...store.file import loss_notes
            if obstacle is None or self.may_pass(obstacle):
                process = self._process or _this_process()
                untold = self._untold((losses, guard.fault_count))
                loss_notes.write_note(config.db_path(), process, *untold, time_ns())
        except Exception:  # the folder cannot be written either
            return

    @staticmethod
    def may_pass(obstacle: Exception) -> bool:
        """Whether the file may be written later: it is locked, or its disk is full."""
        import sqlite3

        return isinstance(obstacle, sqlite3.OperationalError)

    def make_room_if_due(self) -> None:
        """Let the oldest traces go, some at a time, while the file holds more than it may."""
        if not config.max_file_bytes or self.writer is None or monotonic() < self._next_room:
            return
        import sqlite3

        removed = 0
        try:
            with self._gate:
                self.writer.resume()
                removed = self.writer.delete_oldest(config.max_file_bytes, time_ns())
        except sqlite3.OperationalError:
            pass  # it is another's turn, or what keeps spans from being written keeps this too
        except sqlite3.Error as error:
            guard.warn("room", f"cannot delete the oldest traces of {config.db_path()}: {error}")
        if not removed:
            self._next_room = monotonic() + ROOM_INTERVAL_S


def _this_process() -> Process:
    from ...store.file.process import Process
    from .. import redaction

    def told(what: Callable[[], str]) -> str:
        try:
            return what()
        except Exception as error:  # what a process says of itself must not cost its spans
            guard.warn("process", f"this process is not described in full: {error!r}")
            return ""

    return Process(
        pid=os.getpid(),
        host=told(lambda: os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")),
        service=config.service,
        command=told(
            lambda: redaction.clean_command(sys.orig_argv) if config.redact else " ".join(map(str, sys.orig_argv))
        ),
        python=".".join(map(str, sys.version_info[:3])),
        started_ns=time_ns(),
    )


def _new_writer(process: Process) -> Writer:
    from functools import partial

    from ...store.prices.pricing import Prices
    from ...store.write.writer import Writer
    from ..settings.resource import detect_resource

    prices = Prices(config.prices, partial(guard.warn, "prices"))
    try:
        facts = detect_resource({"version": config.version, "environment": config.environment})
    except Exception as error:
        guard.warn("deployment", f"version, environment and commit are not recorded: {error!r}")
        facts = {}
    return Writer(config.db_path(), process, prices, facts, busy_timeout_ms=TURN_MS)
