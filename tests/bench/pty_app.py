"""The explorer on a pseudo-terminal: keys go in, painted bytes come out, each read with its time.

It answers as a modern terminal does (synchronised updates), so that the end of a frame is told and not guessed.
All times are of CLOCK_MONOTONIC, in nanoseconds, and so comparable between processes.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from . import children

COLUMNS, ROWS = 160, 48

_ANSI = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]", re.S
)
_SYNC_QUERY, _SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FRAME_BEGIN, _FRAME_END = b"\x1b[?2026h", b"\x1b[?2026l"


class PtyApp:
    """A program that runs on a pseudo-terminal of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; `begun_ns` is taken just before."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = children.child_environment() | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment = {key: value for key, value in environment.items() if key != "NO_COLOR" and key[:8] != "TEXTUAL_"}
        self.begun_ns = time.monotonic_ns()
        self._process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            cwd=children.ROOT,
        )
        os.close(slave)
        self._master = master
        self._recent = b""
        """Painted since the last key, escape sequences included."""
        self._answered = False
        self._read_ns = self.begun_ns

    def __enter__(self) -> PtyApp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def press(self, keys: str) -> int:
        """Send keys and forget what was painted so far; when they were sent."""
        self._recent = b""
        sent_ns = time.monotonic_ns()
        os.write(self._master, keys.encode())
        return sent_ns

    def forget(self) -> None:
        """Look only at what is painted from now on."""
        self._recent = b""

    def text(self) -> str:
        """What was painted since the last key, without escape sequences."""
        return _ANSI.sub(b"", self._recent).decode(errors="replace")

    def wait_for(self, pattern: str, timeout_s: float = 30.0) -> int:
        """When text that matches was painted since the last key; raises TimeoutError with what was."""
        return self.wait_for_all([pattern], timeout_s)[0]

    def wait_for_all(self, patterns: Sequence[str], timeout_s: float = 30.0) -> list[int]:
        """When text that matches was painted since the last key, for each pattern, in whatever order."""
        found: dict[str, int] = {}
        until = time.monotonic() + timeout_s
        while True:
            text = self.text()
            for pattern in patterns:
                if pattern not in found and re.search(pattern, text):
                    found[pattern] = self._read_ns
            if len(found) == len(patterns):
                return [found[pattern] for pattern in patterns]
            if not self._read(until - time.monotonic()):
                missing = [pattern for pattern in patterns if pattern not in found]
                raise TimeoutError(f"{missing} not painted in {timeout_s} s, but {text[-2000:]!r}")

    def wait_for_frame_after(self, sent_ns: int, timeout_s: float = 5.0) -> int:
        """Nanoseconds from the last key, sent at `sent_ns`, to the end of the first frame that followed it."""
        until = time.monotonic() + timeout_s
        while (begin := self._recent.find(_FRAME_BEGIN)) < 0 or self._recent.find(_FRAME_END, begin) < 0:
            if not self._read(until - time.monotonic()):
                raise TimeoutError(f"no frame in {timeout_s} s after a key")
        return self._read_ns - sent_ns

    def drain(self, seconds: float) -> None:
        """Take what is painted for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._read(left)

    def wait_until_still(self, still_s: float = 0.15, timeout_s: float = 10.0) -> None:
        """Until nothing was painted for a while."""
        until = time.monotonic() + timeout_s
        while self._read(still_s):
            if time.monotonic() > until:
                raise TimeoutError(f"it did not stop painting in {timeout_s} s")

    def anonymous_mb(self) -> float:
        """Memory of its own, without mapped files; Linux only."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
        return float("nan")

    def cpu_ms(self) -> float:
        """Processor time it has used so far, of all its threads; Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

    def _read(self, timeout_s: float) -> bool:
        if timeout_s <= 0 or not select.select([self._master], [], [], timeout_s)[0]:
            return False
        try:
            read = os.read(self._master, 1 << 20)
        except OSError:
            raise RuntimeError(f"the program ended; it painted last {self.text()[-2000:]!r}") from None
        self._read_ns = time.monotonic_ns()
        self._recent += read
        if not self._answered and _SYNC_QUERY in self._recent:
            self._answered = True
            os.write(self._master, _SYNC_ANSWER)
        return True


def explorer(path: Path) -> PtyApp:
    """The explorer on a trace file."""
    return PtyApp([sys.executable, "-m", "tracetui.tui", str(path)])
