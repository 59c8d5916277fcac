"""Run `tracetui` in a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios


def in_terminal(arguments: list[str], columns: int, **environment: str) -> str:
    """What a program prints into a terminal of so many columns."""
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "tracetui.tui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=follower,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment},
        ) as process:
            os.close(follower)
            shown = b""
            while True:
                try:
                    piece = os.read(leader, 65536)
                except OSError:  # how a terminal says that nobody writes to it any more
                    break
                if not piece:
                    break
                shown += piece
        assert process.returncode == 0, shown
    finally:
        os.close(leader)
    return shown.decode().replace("\r\n", "\n")
