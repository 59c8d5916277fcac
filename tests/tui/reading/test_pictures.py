"""What reading looks like: at three sizes, dark and light."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.support.agent_trace import agent_trace
from tests.support.builders import TraceFile
from tests.support.pilot import wait_for
from tests.support.sample import NOW_NS
from tests.tui.conftest import explorer
from tracetui.tui.reading.lines_pane import LinesPane

Compare = Callable[..., bool]

SIZES = {"small": (80, 24), "medium": (120, 40), "large": (200, 60)}

SCREENS: dict[str, tuple[str, ...]] = {
    "conversation": ("enter", "down", "down", "down", "enter", "z", "right_curly_bracket"),
    "reader": ("r",),
    "value": ("enter", "down", "enter", "right_curly_bracket", "down", "enter"),
    "search": ("r", "slash", *"order", "enter", "n"),
    "only": ("r", "ampersand", *"messages"),
    "folded": ("r", "J"),
    "menu": ("Y",),
}


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trace of an agent, in the current directory, so that the path on the screen is always the same."""
    monkeypatch.chdir(tmp_path)
    file = TraceFile(tmp_path / "traces.db")
    file.process(service="shop", pid=4242, host="shop-1", heartbeat_ns=NOW_NS)
    agent_trace(file, turns=2)
    file.close()
    return Path("traces.db")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("size", SIZES)
def test_reading_looks_as_it_did(snap_compare: Compare, agent: Path, size: str, screen: str) -> None:
    """Each of these screens is drawn as it was when a person looked at it and found it good."""
    assert snap_compare(explorer(agent), terminal_size=SIZES[size], run_before=shows(SCREENS[screen]))


@pytest.mark.parametrize("screen", ["conversation", "reader", "search"])
def test_reading_in_the_light_looks_as_it_did(snap_compare: Compare, agent: Path, screen: str) -> None:
    """Colours of roles and places are told apart on white too."""
    app = explorer(agent)
    assert snap_compare(app, terminal_size=SIZES["medium"], run_before=shows(SCREENS[screen], theme="textual-light"))


def shows(keys: tuple[str, ...], theme: str = "") -> Callable[[Pilot[None]], object]:
    """Presses keys once the trace is open, and waits until the text is laid out."""

    async def show(pilot: Pilot[None]) -> None:
        app: App[None] = pilot.app
        if theme:
            app.theme = theme
        explorer_screen = app.explorer  # type: ignore[attr-defined]
        await wait_for(pilot, lambda: explorer_screen.session.open_trace, "the trace")
        await wait_for(pilot, lambda: explorer_screen.detail_pane.rows, "its details")
        for key in keys:
            await pilot.press(key)
            await wait_for(pilot, lambda: all(pane.complete for pane in app.screen.query(LinesPane)), "the text")
            await pilot.pause(0.05)
        explorer_screen.filter_bar.input.cursor_blink = False
        await pilot.pause(0.1)

    return show
