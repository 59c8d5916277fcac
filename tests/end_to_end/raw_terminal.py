"""A pseudo-terminal that keeps every byte that the command writes to it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.waiting import wait_until


class RawTerminal:
    """One command on its own pseudo-terminal."""

    def __init__(self, command: Sequence[str], folder: Path, *, width_cells: int = 160, height_cells: int = 48) -> None:
        self.output = bytearray()
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height_cells, width_cells, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([self._ours], [], [], 0.1)
            if not ready:
                if self._process.poll() is not None:
                    return
                continue
            try:
                piece = os.read(self._ours, 65_536)
            except OSError:
                return
            if not piece:
                return
            self.output += piece

    def keys(self, keys: str) -> None:
        """Send keystrokes as a terminal would."""
        os.write(self._ours, keys.encode())

    def wait_for(self, marker: str) -> None:
        """Wait until the output has `marker` since the last `wait_for`."""
        start = getattr(self, "_seen", 0)
        wait_until(lambda: marker.encode() in self.output[start:], f"{marker!r} in the terminal's output")
        self._seen = len(self.output)

    def settle(self) -> None:
        """Wait until the command writes no byte for a while: it has drawn everything."""
        drawn = [-1, -1, -1, -1]

        def is_quiet() -> bool:
            drawn.append(len(self.output))
            del drawn[0]
            time.sleep(0.02)
            return len(set(drawn)) == 1

        wait_until(is_quiet, "the terminal to be quiet")

    def end(self, keys: str = "q") -> int:
        """Press `keys` and return the exit code."""
        self.keys(keys)
        code = self.wait()
        os.close(self._ours)
        return code

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait until the command ends by itself, and return the exit code."""
        code = self._process.wait(20)
        self._reader.join(5)
        return code

    def kill(self) -> None:
        """End the command whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
