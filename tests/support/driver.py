"""Drives the explorer by keys, and counts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.support import sample
from tests.support.pilot import WIDE, ready, shown, wait_for
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.reading.details import Details


class Driver:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[None], screen: ExplorerScreen) -> None:
        self.pilot = pilot
        self.screen = screen
        self.app = screen.app
        self.keys = 0

    async def press(self, *keys: str) -> None:
        """Press keys."""
        self.keys += len(keys)
        await self.pilot.press(*keys)

    async def see(self, text: str) -> None:
        """Wait until a text is on the screen."""
        await wait_for(self.pilot, lambda: text in shown(self.app.screen), text)  # type: ignore[arg-type]

    async def told(self, text: str) -> None:
        """Wait until a notice says a text."""
        await wait_for(self.pilot, lambda: any(text in one.message for one in self.app._notifications), text)

    async def copied(self) -> str:
        """Wait for the copy."""
        await wait_for(self.pilot, lambda: self.app.clipboard, "a copy")
        text, self.app._clipboard = self.app.clipboard, ""
        return text

    @property
    def details(self) -> Details:
        """The details."""
        return self.screen.detail_pane


@asynccontextmanager
async def driven(
    path: Path, *, size: tuple[int, int] = WIDE, traces: int = 1, read_only: bool = False
) -> AsyncIterator[Driver]:
    """The explorer on a file."""
    app = TraceApp(path, now_ns=lambda: sample.NOW_NS, read_only=read_only)
    async with app.run_test(size=size) as pilot:
        yield Driver(pilot, await ready(pilot, app, traces=traces))
