"""A server as a child process, which ends when this process ends in whatever way."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

GOODBYE_S = 2.0
"""Seconds that the server has to end its open requests and write its last spans."""


class ServerDiedError(Exception):
    """The server ended by itself; the message is its standard error."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ServerProcess:
    """The running server. It ends with `end`, and when this process dies in whatever way.

    The server reads a pipe on its standard input, which the system closes with this process.
    """

    def __init__(self, command: Sequence[str], ready: str, environment: Mapping[str, str]) -> None:
        """Start the command. Once it listens, it prints a line: `ready`, its port, perhaps a note."""
        # A file, not a pipe: nothing reads it while the explorer runs, and a full pipe would block the server.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._ready = ready
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.port: int | None = None
        """The port of the server once it listens."""
        self.note = ""
        """What the server says behind its port."""
        self._started = threading.Event()
        threading.Thread(target=self._await_ready, name="tracetui-server-ready", daemon=True).start()

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the server listens, at most `timeout_s`; raises ServerDiedError when it ended instead."""
        self._started.wait(timeout_s)
        if self._started.is_set() and self.port is None:
            self._process.wait()
            self.check()

    def check(self) -> None:
        """Raise ServerDiedError when the server has ended by itself."""
        code = self._process.poll()
        if code is not None:
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip()
            raise ServerDiedError(said or f"it ended with exit code {code} and no message", code)

    def end(self, goodbye_s: float = GOODBYE_S) -> None:
        """End the server and its children; kill them after `goodbye_s`. A second call does nothing."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(goodbye_s)
        self._kill()
        self._process.wait()
        self._errors.close()

    def _kill(self) -> None:
        if self._process.returncode is not None:
            return  # reaped: another process may have its id by now
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def _await_ready(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            line = output.readline().decode(errors="replace")
            if line.startswith(self._ready):
                port, _, self.note = line.removeprefix(self._ready).strip().partition(" ")
                self.port = int(port)
            self._started.set()
            # Read the rest: a full pipe would block the server.
            while output.read(4096):
                pass
