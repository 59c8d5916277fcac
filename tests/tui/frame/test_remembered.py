"""Columns, views, themes and keys, and that they are there the next time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import sample
from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tracetui.tui import actions
from tracetui.tui.explorer.app import TraceApp
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.explorer.theme import theme_of_terminal
from tracetui.tui.settings.places import memory_path
from tracetui.tui.settings.settings import Settings


def remembering(path: Path, settings: Settings | None = None) -> TraceApp:
    """An explorer that remembers, as `tracetui` starts it."""
    return TraceApp(path, now_ns=lambda: sample.NOW_NS, settings=settings, memory_file=memory_path(path))


def keys(screen: ExplorerScreen) -> list[str]:
    """The shown columns."""
    return [column.key for column in screen.trace_list.columns()]


async def test_explorer_comes_back_as_it_was_left(shop: TraceFile) -> None:
    """Columns, order, sizes, ages, theme and filters; another trace file has its own."""
    app = remembering(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("a", "greater_than_sign", "s", "c")
        await wait_for(pilot, lambda: screen.list_controls.order == ("cost", True), "the order")
        await pilot.press("slash")
        screen.filter_bar.set_text("kind = LLM")
        await pilot.press("enter")
        await pilot.press("c", "down", "space", "escape")
        left = keys(screen)
        assert "start" not in left
        app.theme = "nord"
        app.remembered.keep_theme("nord")
        height = screen.trace_list.size.height
    app = remembering(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = app.explorer
        await wait_for(pilot, lambda: len(screen.listing) == 10, "the list")
        assert keys(screen) == left
        assert screen.list_controls.order == ("cost", True)
        assert screen.trace_list.relative
        assert screen.trace_list.size.height == height
        assert app.theme == "nord"
        await pilot.press("slash", "up")
        assert screen.filter_bar.input.value == "kind = LLM"


async def test_nothing_is_written_for_a_look(shop: TraceFile) -> None:
    """Who changes nothing leaves no file behind, and with `remember = false` nobody does."""
    for settings, pressed in ((None, "down"), (Settings(remembers=False), "a")):
        app = remembering(shop.path, settings)
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot, app)
            await pilot.press(pressed)
    assert not memory_path(shop.path).exists()


async def test_columns_are_chosen_moved_and_widened_by_keys(shop: TraceFile) -> None:
    """An attribute that the program sets itself is a column too; the list changes with each key."""
    app = remembering(shop.path)
    async with app.run_test(size=(200, 48)) as pilot:
        screen = await ready(pilot, app)
        await wait_for(pilot, lambda: "http.status_code" in screen.session.keys, "the attributes")
        await pilot.press("c")
        editor = app.screen.query_one("#columns")
        lines = [line.key for line in editor.editor.lines]  # type: ignore[attr-defined]
        await pilot.press(*["down"] * lines.index("attr:http.status_code"), "space")
        assert keys(screen)[-1] == "attr:http.status_code"
        await pilot.press("K", "K", "greater_than_sign")
        assert keys(screen)[-3] == "attr:http.status_code"
        assert screen.trace_list.choice.widths["attr:http.status_code"] == 15
        await pilot.press("escape")
        await wait_for(pilot, lambda: "  200  " in shown(screen), "the values")
        await pilot.press("c", "r", "escape")
        assert screen.trace_list.choice.keys == ()


async def test_view_is_recalled_by_its_name(shop: TraceFile) -> None:
    """Columns and order together, also after another start."""
    app = remembering(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("s", "d", "c", "space", "w", *"slow", "enter")
        assert "status" not in keys(screen)
        await pilot.press("c", "r", "escape", "f")
        assert "status" in keys(screen)
    app = remembering(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("c", "v", "enter")
        assert "status" not in keys(screen)
        assert screen.list_controls.order == ("duration", True)


async def test_keys_of_the_settings_work_and_are_shown(shop: TraceFile) -> None:
    """The key line and the help tell the keys that there are."""
    keymap: Mapping[str, str] = {"screen.sort": "f9"}
    app = remembering(shop.path, Settings(keymap=keymap))
    try:
        async with app.run_test(size=WIDE) as pilot:
            screen = await ready(pilot, app)
            assert "f9 Sort" in shown(screen)
            await pilot.press("f9", "enter")
            await wait_for(pilot, lambda: screen.list_controls.order == ("duration", True), "the order")
    finally:
        actions.use_keymap({})


async def test_mistakes_in_the_settings_are_told(shop: TraceFile) -> None:
    """The explorer starts, and says which line means nothing."""
    app = remembering(shop.path, Settings(problems=("theme: \x1b[2J is not the name of a theme",)))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        screen = await ready(pilot, app)
        await wait_for(pilot, lambda: "is not the name of a theme" in shown(screen), "the notice")


async def test_no_color_leaves_no_colour(shop: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR neither text nor background has a colour, and the cursor is still seen."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = remembering(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        filters = app.get_line_filters()
        reversed_lines = 0
        for strip in screen._compositor.render_strips(screen.size):
            segments = list(strip)
            for one in filters:
                segments = one.apply(segments, screen.background_colors[1])
            styles = [segment.style for segment in segments if segment.style]
            assert all(style.color is None and style.bgcolor is None for style in styles)
            reversed_lines += any(style.reverse for style in styles)
        assert reversed_lines == 1


@pytest.mark.parametrize("theme", ["tracetui", "tracetui-light"])
async def test_kinds_differ_by_colour(shop: TraceFile, theme: str) -> None:
    """No two kinds of span share a colour, in the dark or in the light."""
    app = remembering(shop.path, Settings(theme=theme))
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        names = ["llm", "tool", "agent", "retriever", "chain", "error", "cancelled"]
        colours = {screen.trace_list.line_style(name).color for name in names}
        assert len(colours) == len(names)


@pytest.mark.parametrize(
    ("told", "name"),
    [("", "tracetui"), ("15;0", "tracetui"), ("0;15", "tracetui-light"), ("0;default;7", "tracetui-light")],
)
def test_theme_is_that_of_the_terminal(told: str, name: str) -> None:
    """Terminals that tell their background get a theme that fits it."""
    assert theme_of_terminal({"COLORFGBG": told}) == name
