"""The recorder's hold on the trace file, beside forks."""

from __future__ import annotations

from typing import Any

from tracetui.tracer.recording.file_session import FileSession
from tracetui.tracer.recording.fork_gates import WriteGate


class _Connection:
    is_open = True

    def close(self) -> None:
        self.is_open = False


class _Gate(WriteGate):
    """Notes, when it is entered, whether a fork that has it would find the connection that is open."""

    found: Any = None
    session: FileSession

    def __enter__(self) -> None:
        super().__enter__()
        self.found = self.session.writer


def test_a_fork_finds_every_connection_that_is_open() -> None:
    """A child that inherits one shares locks with its parent that only the parent has: the file would be damaged."""
    gate = _Gate()
    gate.session = session = FileSession(gate)
    connection: Any = _Connection()
    session.writer = connection
    session.drop()
    assert gate.found is connection, "it was open, so a fork that came first closes it"
    assert not connection.is_open
    assert session.writer is None
