"""What keeping looks like: signs in the list, what is said in the details, the menus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support import sample
from tests.support.builders import TraceFile
from tests.support.pilot import ready, shown, wait_for
from tests.tui.test_snapshots import quiet
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.settings.settings import Settings

SIZES = {"small": (80, 24), "medium": (120, 40), "large": (200, 60)}
KEYS = {"said": (), "say": ("A",), "note": ("A", "n"), "export": ("x",)}
PICTURES = [
    *(("said", size, "tracetui") for size in SIZES),
    ("said", "medium", "tracetui-light"),
    ("say", "small", "tracetui"),
    ("note", "small", "tracetui-light"),
    ("export", "medium", "tracetui"),
    ("export", "small", "tracetui-light"),
]


@pytest.mark.parametrize(("name", "size", "theme"), PICTURES)
def test_keeping_looks_as_it_did(
    snap_compare: Callable[..., bool],
    shop: TraceFile,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    size: str,
    theme: str,
) -> None:
    """Each of these screens is drawn as it was when a person looked at it and found it good."""
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    app = TraceApp(Path(shop.path.name), now_ns=lambda: sample.NOW_NS, settings=Settings(theme=theme))

    async def show(pilot: Pilot[None]) -> None:
        screen = await ready(pilot, app)
        for key in ("down", "down", "down", "down", "asterisk", "1", "m", "down", "0", "up"):
            await pilot.press(key)
        await wait_for(pilot, lambda: not screen.unfinished and len(screen.assessments(5)) > 0, "what is said")
        await wait_for(pilot, lambda: "▼" in shown(screen) and "★" in shown(screen), "the signs")
        app.clear_notifications()
        if size != "small":
            await wait_for(
                pilot, lambda: "starred: true" in shown(screen) and "human · ada" in shown(screen), "details"
            )
        await quiet(pilot, app, 10)
        for key in KEYS[name]:
            await pilot.press(key)
        await wait_for(pilot, lambda: not screen.debounce.pending and not app.screen.query("Toast"), "a quiet screen")
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)
