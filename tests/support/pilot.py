"""Drive the explorer in a Pilot: wait for what the feed or a timer makes true, and read the screen."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events
from textual.pilot import Pilot

from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen

WIDE = (160, 48)
SMALL = (80, 24)
"""Sizes of a terminal: columns, rows."""


async def wait_for(pilot: Pilot[None], predicate: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Let the app run until `predicate` holds; fail with `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        await pilot.pause(0.01)
    await pilot.pause()


async def ready(pilot: Pilot[None], app: TraceApp, traces: int = 10) -> ExplorerScreen:
    """Wait until all traces are listed and the newest is open."""
    screen = app.explorer
    await wait_for(pilot, lambda: len(screen.listing) == traces and screen.session.open_trace, "the list")
    return screen


def shown(screen: ExplorerScreen) -> str:
    """All text on the screen, line by line."""
    width, height = screen.size
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in screen._compositor.render_strips(screen.size)
        if width and height
    )


async def grouped(pilot: Pilot[None], screen: ExplorerScreen, text: str, groups: int) -> None:
    """Type a filter that makes groups, and go to their list."""
    await pilot.press("slash")
    screen.filter_bar.set_text(text)
    await wait_for(pilot, lambda: len(screen.session.groups) == groups and not screen.session.searching, "the groups")
    await pilot.press("enter")


def burst(app: TraceApp, *keys: str) -> None:
    """Press keys without a pause between them, as they come from a terminal in one read."""
    for key in keys:
        event = events.Key(key, key if len(key) == 1 else None)
        event.set_sender(app)
        app.post_message(event)
