"""The page that explains what is filtered."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.store.explain.requests import Requests
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.why.why_screen import WhyScreen


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """Requests of which those of one model are slow."""
    path = tmp_path / "traces.db"
    Requests(path, 1, frozenset({"model"})).write(200)
    return path


async def explained(pilot: Pilot[None], app: TraceApp, filter_text: str) -> WhyScreen:
    """Filter, ask why, and wait for the answer."""
    explorer_screen = await ready(pilot, app, 200)
    explorer_screen.filter_bar.set_text(filter_text)
    await wait_for(
        pilot, lambda: not explorer_screen.session.searching and len(explorer_screen.listing) < 200, "the filter"
    )
    await pilot.press("w")
    await wait_for(pilot, lambda: isinstance(app.screen, WhyScreen), "the page")
    screen = app.screen
    assert isinstance(screen, WhyScreen)
    await wait_for(pilot, lambda: screen.explanation is not None and screen.explanation.is_done, "the answer")
    await wait_for(pilot, lambda: screen.pane.complete and "Nothing else" in screen.pane.rows[-1].text, "the lines")
    return screen


async def test_one_key_explains_what_is_filtered(requests: Path) -> None:
    """The same as the command says: the difference, its parts, and what the slow ones have in common."""
    app = explorer(requests)
    async with app.run_test(size=WIDE) as pilot:
        await explained(pilot, app, "trace.duration > 1.5s")
        text = shown(app.screen)  # type: ignore[arg-type]
        for part in ("slower than the", "chat, decode", "slower tokens", 'model = "large"', "100 % of A"):
            assert part in text


async def test_enter_applies_the_filter_of_a_line(requests: Path) -> None:
    """The page closes, and the list has the traces that were counted; lines without a filter say so."""
    app = explorer(requests)
    async with app.run_test(size=WIDE) as pilot:
        screen = await explained(pilot, app, "trace.duration > 1.5s")
        await pilot.press("enter")
        assert isinstance(app.screen, WhyScreen)
        row = next(n for n, line in enumerate(screen.pane.rows) if line.text == 'model = "large"')
        screen.pane.move_cursor(row)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ExplorerScreen), "the end of the page")
        assert app.explorer.filter.text == '{trace.duration > 1.5s} and {model = "large"}'
        assert screen.explanation is not None
        assert screen.explanation.findings
        count = screen.explanation.findings[0].table.with_a
        await wait_for(pilot, lambda: len(app.explorer.listing) == count, "the traces that were counted")


async def test_without_a_filter_the_key_says_what_to_do(requests: Path) -> None:
    """There is nothing to explain yet."""
    app = explorer(requests)
    async with app.run_test(size=WIDE) as pilot:
        await ready(pilot, app, 200)
        await pilot.press("w")
        await pilot.pause()
        assert app.screen is app.explorer


async def test_a_filter_that_finds_all_has_nothing_to_compare_with(requests: Path) -> None:
    """The page says so, and Escape closes it."""
    app = explorer(requests)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, 200)
        screen.filter_bar.set_text("name = search")
        await wait_for(pilot, lambda: not screen.session.searching, "the filter")
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(app.screen, WhyScreen), "the page")
        await wait_for(pilot, lambda: "nothing to compare with" in shown(app.screen), "the reason")  # type: ignore[arg-type]
        await pilot.press("escape")
        assert app.screen is app.explorer
