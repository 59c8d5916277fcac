"""What the line below the filter offers, as a person who types sees it."""

from __future__ import annotations

from textual import events

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready, wait_for
from tests.tui.conftest import explorer
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.widgets.filter_bar import FilterHint


def hint(screen: ExplorerScreen) -> str:
    """The line below the filter."""
    return "".join(text for text, _ in screen.query_one(FilterHint)._parts)


async def test_values_are_completed_with_their_counts(shop: TraceFile) -> None:
    """The feed counts them when they are asked for; Tab takes the most frequent."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"session", "equals_sign")
        await wait_for(pilot, lambda: "s-42 3" in hint(screen), "the sessions")
        await pilot.press("tab")
        assert screen.filter_bar.input.value == "session=s-41"
        await wait_for(pilot, lambda: 0 < len(screen.listing) < 5, "its traces")


async def test_an_unfinished_stage_offers_its_fields(shop: TraceFile) -> None:
    """Rather than an error about a bracket that is about to be closed; a wrong text stays an error."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash")
        screen.filter_bar.set_text("| by(mo")
        await wait_for(pilot, lambda: "model" in hint(screen), "the field")
        screen.filter_bar.set_text("order by cost")
        await wait_for(pilot, lambda: "| sort(cost)" in hint(screen), "the right form")


async def test_hints_end_when_the_filter_loses_the_keys(shop: TraceFile) -> None:
    """Completions are for who types; a warning stays."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash", *"mod")
        await wait_for(pilot, lambda: "model" in hint(screen), "a completion")
        await pilot.press("enter")
        await wait_for(pilot, lambda: hint(screen) == "", "no hint")
        await pilot.press("slash")
        screen.filter_bar.set_text("modell = 5")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "did you mean" in hint(screen), "the warning")


async def test_all_lines_of_a_pasted_filter_are_taken(shop: TraceFile) -> None:
    """As one line."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash")
        screen.filter_bar.input.post_message(events.Paste("kind = LLM\r\n  model = gpt-4o"))
        await wait_for(pilot, lambda: screen.filter.text, "the text")
        assert screen.filter.text == "kind = LLM   model = gpt-4o"
        assert screen.filter.error is None
