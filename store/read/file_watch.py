"""Wait for changes of the trace file by notifications of the operating system, without polling."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

_DEBOUNCE_MS = 50
"""watchfiles delays a notification this long while other files of the folder change; its default is 1600."""

_STEP_MS = 20
"""How often watchfiles checks for notifications and for `stop`: the latency is one to two steps."""


class Watch(Protocol):
    """A source of notifications about a file."""

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, after `seconds`, or when it is time to stop."""

    def close(self) -> None:
        """Stop watching."""


class FileWatch:
    """Watches the folder of one trace file; where watching is not possible, `wait` sleeps for its whole time."""

    def __init__(self, path: Path, stop: threading.Event) -> None:
        self._path = path
        self._stop = stop
        self._names = {path.name, f"{path.name}-wal", f"{path.name}-journal"}
        self._notifications: Generator[set[Any], None, None] | None = None
        self._cannot_watch = False

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, after `seconds`, or when `stop` is set."""
        deadline = time.monotonic() + seconds
        while not self._cannot_watch and not self._stop.is_set():
            try:
                if self._notifications is None:
                    self._notifications = self._watch(seconds)
                changes = next(self._notifications, None)
            except (OSError, RuntimeError):  # the folder is gone, or the system has no more watches
                changes = None
            if changes is None:
                self._cannot_watch = True
                self.close()
            elif (
                not changes
                or time.monotonic() >= deadline
                or any(Path(name).name in self._names for _, name in changes)
            ):
                return
        self._stop.wait(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        """Stop watching."""
        notifications, self._notifications = self._notifications, None
        if notifications is not None:
            with suppress(OSError, RuntimeError):
                notifications.close()

    def _watch(self, seconds: float) -> Generator[set[Any], None, None]:
        # The import takes 15 to 75 ms, so it runs when there is nothing else to do.
        from watchfiles import watch

        return watch(
            self._path.parent,
            watch_filter=None,  # the default filter would ignore the timeout while another file changes
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=max(1, int(seconds * 1000)),
            yield_on_timeout=True,
            stop_event=self._stop,
            recursive=False,
            raise_interrupt=False,
            force_polling=False,  # its polling compares whole seconds and misses commits
        )
