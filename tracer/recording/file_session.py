"""The session of this process with its trace file: opened late, released for a fork, and reopened after a failure or
when the file was replaced."""

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
    from .fork_gates import WriteGate

HEARTBEAT_S = 2.0
"""Between heartbeats while spans are open; readers count a process without one for 10 s as gone."""

TURN_MS = 10
"""How long SQLite waits for another process's transaction. Its own polling slows down to ten times a second, so that
the process that has waited longest is served last. `RetryLoop` tries again instead, and a fork does not wait."""

ROOM_INTERVAL_S = 0.1
AGED_INTERVAL_S = 60.0
"""The pause after which traces are looked at for their age, which takes longer than to look at the size of the file."""
"""Between measurements of a file whose size is limited."""


class FileSession:
    """Used by the writer thread, and by a fork that has closed the gate."""

    def __init__(self, gate: WriteGate) -> None:
        """`gate` is held while SQLite is in use: a fork waits for it."""
        self.writer: Writer | None = None
        """The writer, while a file is open."""
        self._gate = gate
        self._next_heartbeat = 0.0
        self._next_room = 0.0
        self._next_aged = 0.0
        self._reported = (0, 0)
        """Dropped spans and faults that the heartbeat reported last."""
        self._reported_before = (0, 0)
        """Those that earlier process rows of this process report: each loss is counted in one row."""
        self._process: Process | None = None
        self._former: Writer | None = None
        """The writer before this one, with spans that are still open: they end in the rows where they began."""

    def open(self) -> Writer:
        """The writer, on the file that is at its path now. Raises what `Writer` raises."""
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
        """Whether the file has the span without an end; True where that is unknown."""
        writer = self.writer or self._former
        return writer is None or writer.is_open(span)

    def release(self) -> None:
        """Close the connection until the next `open`; what the writer knows of the file stays valid."""
        if self.writer is not None:
            try:
                with self._gate:
                    self.writer.release()
            except Exception:
                self.drop()

    def drop(self) -> None:
        """Close the file and forget what is known of it."""
        try:
            with self._gate:  # a fork closes the connection that it finds here
                writer, self.writer = self.writer, None
                if writer is not None:
                    writer.close()
        except Exception:
            guard.fault("closing the trace file")

    def _since_before(self, counts: tuple[int, int]) -> tuple[int, int]:
        return counts[0] - self._reported_before[0], counts[1] - self._reported_before[1]

    def end(self, losses: int) -> bool:
        """Close the file; True if its open spans continue when it is opened again."""
        self._reported_before = losses, guard.fault_count
        writer = self.writer
        self.drop()
        if writer is not None and writer.has_open_spans() and writer.is_in_place():
            self._former = writer
        return self._former is not None

    def is_in_place(self) -> bool:
        """Whether a file is open that is still the one at its path."""
        return self.writer is not None and self.writer.is_in_place()

    def commits(self) -> int | None:
        """A number that changes when another process has committed; None where it is unknown."""
        try:
            with self._gate:
                return None if self.writer is None else self.writer.data_version()
        except Exception:
            return None

    def is_beat_due(self, losses: int, *, has_open_spans: bool) -> bool:
        """Whether a heartbeat is due: spans are open, or spans were lost since the last one."""
        if monotonic() < self._next_heartbeat or not self.is_in_place():
            return False
        from ...store.file import loss_notes

        return has_open_spans or self._reported != (losses, guard.fault_count) or loss_notes.has_notes(config.db_path())

    def beat(self, writer: Writer, losses: int, *, has_ended: bool = False) -> bool:
        """Write that this process lives, or has ended, how much it lost, and the notes of processes before it. Returns
        True. Raises sqlite3.Error."""
        counts = losses, guard.fault_count
        writer.heartbeat(time_ns(), *self._since_before(counts), ended=has_ended)
        writer.apply_loss_notes()
        self._next_heartbeat = monotonic() + HEARTBEAT_S
        self._reported = counts
        return True

    def leave_note(self, losses: int, obstacle: Exception | None) -> None:
        """Write a note beside the file of what this process lost, for the next process that can write the file."""
        try:
            with self._gate:  # see RetryLoop.until_written
                from ...store.file import loss_notes
            if obstacle is None or self._may_pass(obstacle):
                process = self._process or _this_process()
                counts = self._since_before((losses, guard.fault_count))
                loss_notes.write_note(config.db_path(), process, *counts, time_ns())
        except Exception:  # the folder cannot be written either
            return

    @staticmethod
    def _may_pass(obstacle: Exception) -> bool:
        """Whether a later attempt may succeed: the file is locked, or its disk is full."""
        import sqlite3

        return isinstance(obstacle, sqlite3.OperationalError)

    def make_room_if_due(self) -> None:
        """Delete some of the oldest traces while the file is larger than its limit, or traces are too old."""
        limited = config.max_file_bytes or config.max_age_s
        if not limited or self.writer is None or monotonic() < self._next_room:
            return
        import sqlite3

        removed = 0
        try:
            with self._gate:
                self.writer.resume()
                if config.max_file_bytes:
                    removed = self.writer.delete_oldest(config.max_file_bytes, time_ns())
                if config.max_age_s and monotonic() >= self._next_aged:
                    aged = self.writer.delete_aged(config.max_age_s, time_ns())
                    removed += aged
                    if not aged:
                        self._next_aged = monotonic() + AGED_INTERVAL_S
        except sqlite3.OperationalError:
            pass  # another process has its turn, or a fault keeps spans from being written too
        except sqlite3.Error as error:
            guard.warn("room", f"cannot delete the oldest traces of {config.db_path()}: {error}")
        if not removed:
            self._next_room = monotonic() + ROOM_INTERVAL_S


def _this_process() -> Process:
    from ...store.file.process import Process
    from .. import redaction

    def described(describe: Callable[[], str]) -> str:
        try:
            return describe()
        except Exception as error:  # no span is lost for it
            guard.warn("process", f"this process is not described in full: {error!r}")
            return ""

    return Process(
        pid=os.getpid(),
        host=described(lambda: os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")),
        service=config.service,
        command=described(
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
