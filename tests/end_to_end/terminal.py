"""A real terminal for tests: tmux on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.waiting import wait_until


def require_tmux() -> None:
    """Skip where there is no tmux; in CI that is a failure."""
    if shutil.which("tmux") is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs tmux for the end-to-end tests")
        pytest.skip("needs tmux")


class Terminal:
    """One command in one tmux window; `close` ends it and its tmux server."""

    def __init__(
        self, socket: Path, command: str, folder: Path, *, width_cells: int = 160, height_cells: int = 44
    ) -> None:
        self._socket = socket
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        size = ["-x", str(width_cells), "-y", str(height_cells)]
        # The shell stays after the command, so that what it printed last can be read.
        self._tmux(
            "new-session", "-d", *size, "-c", str(folder), f"{command}; echo; echo exit=$?; cat", env=environment
        )

    def screen(self) -> str:
        """The characters on the screen."""
        return self._tmux("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names: `Enter`, `Down`, `C-c`, `q`."""
        self._tmux("send-keys", *keys)

    def text(self, text: str) -> None:
        """Type characters as they are."""
        self._tmux("send-keys", "-l", text)

    def resize(self, width_cells: int, height_cells: int) -> None:
        """Change the window's size."""
        self._tmux("resize-window", "-x", str(width_cells), "-y", str(height_cells))

    def wait_for(self, *texts: str, without: Sequence[str] = (), timeout_s: float = 20.0) -> str:
        """Return the screen once it shows all of `texts` and none of `without`."""

        def shown() -> str:
            screen = self.screen()
            fits = all(text in screen for text in texts) and not any(text in screen for text in without)
            return screen if fits else ""

        wanted = f"{texts} and not {tuple(without)}" if without else f"{texts}"
        try:
            return wait_until(shown, f"{wanted} on the screen", timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.screen()}") from None

    def close(self) -> None:
        """End the command and the window."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)

    def _tmux(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        command = ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
