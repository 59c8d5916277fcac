"""The list alone in three sizes, dark and light, and its menus, as a person looked at them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support import sample
from tests.support.builders import TraceFile
from tests.support.pilot import wait_for
from tests.tui.test_snapshots import Compare, quiet
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.settings.settings import Settings

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
FULL = ("plus", "plus")
KEYS = {"list": FULL, "sorted": (*FULL, "s", "enter"), "sort_menu": (*FULL, "s"), "columns": (*FULL, "c")}
PICTURES = [
    *((name, size, "tracetui") for name in ("list", "sorted") for size in SIZES),
    *(("list", size, "tracetui-light") for size in SIZES),
    *(("columns", "80x24", theme) for theme in ("tracetui", "tracetui-light")),
    ("sort_menu", "80x24", "tracetui-light"),
]


@pytest.mark.parametrize(("name", "size", "theme"), PICTURES)
def test_frame_looks_as_it_did(snap_compare: Compare, shop: TraceFile, name: str, size: str, theme: str) -> None:
    """Each of these screens is drawn as it was when a person looked at it and found it good."""
    app = TraceApp(Path(shop.path.name), now_ns=lambda: sample.NOW_NS, settings=Settings(theme=theme))

    async def show(pilot: Pilot[None]) -> None:
        await quiet(pilot, app, 10)
        await wait_for(pilot, lambda: app.explorer.session.keys, "the attributes")
        for key in KEYS[name]:
            await pilot.press(key)
        if name == "sorted":
            await wait_for(pilot, lambda: app.explorer.listing.is_sorted, "the order")
        await quiet(pilot, app, 10)
        app.explorer.filter_bar.input.cursor_blink = False

    assert snap_compare(app, terminal_size=SIZES[size], run_before=show)
