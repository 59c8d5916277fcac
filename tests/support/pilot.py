"""Wait in a Pilot for a condition that the feed or a timer makes true."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.pilot import Pilot


async def wait_for(pilot: Pilot[None], predicate: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Let the app run until `predicate` holds; fail with `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        await pilot.pause(0.01)
    await pilot.pause()
