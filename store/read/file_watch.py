"""Sleep until the trace file is written to, by the operating system's notice instead of asking again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

_DEBOUNCE_MS = 50
"""The default of 1600 delays a notice for as long while files next door keep changing."""

_STEP_MS = 20
"""How often watchfiles looks for notices, and for `stop`: the latency is one to two steps."""


class Watch(Protocol):
    """Something that can be slept on."""

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, or after `seconds`, or when it is time to stop."""

    def close(self) -> None:
        """Watch no longer."""


class FileWatch:
    """Watches the folder of one trace file; where that is not possible, it just waits."""

    def __init__(self, path: Path, stop: threading.Event) -> None:
        self._path = path
        self._stop = stop
        self._names = {path.name, f"{path.name}-wal", f"{path.name}-journal"}
        self._notices: Generator[set[Any], None, None] | None = None
        self._blind = False

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, or after `seconds`, or when `stop` is set."""
        deadline = time.monotonic() + seconds
        while not self._blind and not self._stop.is_set():
            try:
                if self._notices is None:
                    self._notices = self._watch(seconds)
                changes = next(self._notices, None)
            except (OSError, RuntimeError):  # the folder is gone, or the system has no watch left to give
                changes = None
            if changes is None:
                self._blind = True
                self.close()
            elif (
                not changes
                or time.monotonic() >= deadline
                or any(Path(name).name in self._names for _, name in changes)
            ):
                return
        self._stop.wait(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Watch no longer."""
        notices, self._notices = self._notices, None
        if notices is not None:
            with suppress(OSError, RuntimeError):
                notices.close()

    def _watch(self, seconds: float) -> Generator[set[Any], None, None]:
        # Costs 15 to 75 ms, so it is paid when there is nothing else to do.
        from watchfiles import watch

        return watch(
            self._path.parent,
            watch_filter=None,  # its own filter would swallow the timeout for as long as a neighbour is busy
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=max(1, int(seconds * 1000)),
            yield_on_timeout=True,
            stop_event=self._stop,
            recursive=False,
            raise_interrupt=False,
            force_polling=False,  # its polling compares whole seconds and so misses commits
        )
