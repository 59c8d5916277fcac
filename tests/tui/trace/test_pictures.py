"""What a trace and a comparison look like, in small, medium and large terminals, dark and light."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.builders import TraceFile
from tests.support.pilot import wait_for
from tests.tui.compare.test_compare_screen import answer
from tests.tui.conftest import explorer
from tests.tui.trace.test_span_tree import agent_trace
from tracetui.tui.compare.compare_screen import CompareScreen

SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (200, 60)
DARK, LIGHT = "tracetui", "textual-light"

TREE = ("enter",)
FLAME = ("enter", "F", "down", "right", "right")
COMPARED = ("m", "down", "M")

PICTURES = {
    "tree_small": (SMALL, DARK, TREE),
    "tree_small_light": (SMALL, LIGHT, TREE),
    "tree_medium": (MEDIUM, DARK, TREE),
    "tree_medium_light": (MEDIUM, LIGHT, TREE),
    "tree_large": (LARGE, DARK, TREE),
    "flame_small": (SMALL, DARK, FLAME),
    "flame_medium_light": (MEDIUM, LIGHT, FLAME),
    "path_medium": (MEDIUM, DARK, ("enter", "t")),
    "compare_small": (SMALL, DARK, COMPARED),
    "compare_medium": (MEDIUM, DARK, COMPARED),
    "compare_large_light": (LARGE, LIGHT, COMPARED),
}


@pytest.mark.parametrize("name", PICTURES)
def test_trace_looks_as_it_did(snap_compare: Callable[..., bool], tmp_path: Path, name: str) -> None:
    """Each of these screens is drawn as it was when a person looked at it and found it good."""
    size, theme, keys = PICTURES[name]
    file = TraceFile(tmp_path / "traces.db")
    file.process(pid=4242, host="shop-1")
    if keys == COMPARED:
        answer(file, 0, "hours", convert=False, tokens=41, ms=840)
        answer(file, 20_000, "minutes", convert=True, tokens=139, ms=2_800)
    else:
        agent_trace(file, 3, start_ms=0)
    file.close()
    app = explorer(Path("traces.db"))

    async def show(pilot: Pilot[None]) -> None:
        app.theme = theme
        explorer_screen = app.explorer
        await wait_for(pilot, lambda: explorer_screen.session.open_trace is not None, "the trace")
        await pilot.press(*keys)
        await wait_for(pilot, lambda: not explorer_screen.debounce.pending, "the details")
        if keys == COMPARED:
            await wait_for(
                pilot,
                lambda: isinstance(app.screen, CompareScreen) and app.screen.texts.rows,
                "the comparison",
            )
            app.clear_notifications()
            await wait_for(pilot, lambda: not app.screen.query("Toast"), "the end of the notice")
        explorer_screen.filter_bar.input.cursor_blink = False

    assert snap_compare(app, terminal_size=size, run_before=show)
