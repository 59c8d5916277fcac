"""The pace of the demo: real waits, divided by one speed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits that are `speed` times shorter than life."""

    speed: float = 1.0

    def seconds(self, wait_ms: float) -> float:
        """What is left of `wait_ms`, in seconds."""
        return max(wait_ms, 0.0) / 1000 / self.speed

    async def wait(self, wait_ms: float) -> None:
        """Sleep for `wait_ms`, scaled."""
        await asyncio.sleep(self.seconds(wait_ms))
