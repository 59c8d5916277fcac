"""Groups as a person sees them: in the explorer through the real feed, and in `tracetui ls`."""

from __future__ import annotations

import pytest

from tests.support.builders import TraceFile
from tests.support.pilot import SMALL, WIDE, grouped, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.tui.widgets.filter_bar import FilterHint
from tracetui.tui.widgets.key_line import KeyLine

BY_MODEL = "kind = LLM | by(model)"


async def test_by_lists_groups_in_place_of_traces(shop: TraceFile) -> None:
    """Each with what its spans add up to; there is no trace below them."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, BY_MODEL, 3)
        lines = shown(screen).splitlines()
        assert [line.split()[0] for line in lines[3:6]] == ["gpt-4o-mini", "gpt-4o", "—"]
        assert lines[2].split()[:4] == ["model", "Spans", "Traces", "Errors"]
        assert "filter: 3 groups" in lines[0]
        assert screen.focused is screen.group_mode.group_list
        assert not screen.view.display
        assert screen.query_one(KeyLine).scope == "groups"
        assert screen.session.open_trace is None


async def test_enter_leads_into_a_group_and_escape_back(shop: TraceFile) -> None:
    """The conditions of the group take the place of by(); on the way back the cursor is where it was."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, f"{BY_MODEL} | count() > 0", 3)
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: len(screen.listing) == 1 and screen.session.open_trace, "the trace of the group")
        assert screen.filter_bar.input.value == 'kind = LLM and model = "gpt-4o"'
        assert screen.trace_list.has_focus
        await pilot.press("escape")
        await wait_for(pilot, lambda: len(screen.session.groups) == 3 and not screen.session.searching, "the groups")
        assert screen.filter_bar.input.value == f"{BY_MODEL} | count() > 0"
        assert screen.group_mode.group_list.has_focus
        assert screen.group_mode.group_list.cursor == 1
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: "is null" in screen.filter.text and len(screen.listing) == 1, "the null group")
        await pilot.press("slash", "space", "a", "escape", "escape")
        assert screen.filter_bar.input.value == ""


async def test_escape_from_the_groups_takes_the_filter_away(shop: TraceFile) -> None:
    """One level further out are all traces."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, BY_MODEL, 3)
        await pilot.press("escape")
        await wait_for(pilot, lambda: len(screen.listing) == 10 and screen.session.open_trace, "all traces")
        assert screen.focused is screen.trace_list
        assert screen.view.display


async def test_groups_count_what_arrives(shop: TraceFile) -> None:
    """They are added up again when the file has changed; the cursor stays on its group."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, f"{BY_MODEL} | sort(model)", 3)
        await pilot.press("down")
        with flush(shop):
            shop.trace("new").span("new", kind="LLM", model="a-model")
        await wait_for(pilot, lambda: len(screen.session.groups) == 4, "the new group")
        assert screen.session.groups.selected == ("gpt-4o-mini",)
        assert screen.group_mode.group_list.cursor == 2
        assert "a-model" in shown(screen)


async def test_groups_stand_still_during_a_pause(shop: TraceFile) -> None:
    """What is counted meanwhile is shown afterwards."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, BY_MODEL, 3)
        await pilot.press("space")
        with flush(shop):
            shop.trace("new").span("new", kind="LLM", model="a-model")
        await wait_for(pilot, lambda: screen.session.groups._arrived is not None, "the groups that wait")
        assert "a-model" not in shown(screen)
        await pilot.press("space")
        assert "a-model" in shown(screen)


async def test_sorted_list_is_sorted_again_when_traces_arrive(shop: TraceFile) -> None:
    """A trace that arrives takes its place in the order, and the cursor stays on its trace."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash")
        screen.filter_bar.set_text("kind = LLM | sort(-trace.cost) | limit 3")
        await wait_for(pilot, lambda: len(screen.listing) == 3 and not screen.session.searching, "the dearest")
        await pilot.press("enter", "down")
        held = screen.listing.selected
        with flush(shop):
            shop.trace("dear", cost_usd=99.0).span("dear", kind="LLM", cost_usd=99.0)
        await wait_for(pilot, lambda: screen.listing[0] == 11, "the new trace on top")
        assert len(screen.listing) == 3
        assert screen.listing.selected == held
        assert screen.trace_list.cursor == 2


async def test_unknown_field_of_by_gets_a_hint(shop: TraceFile) -> None:
    """A name that nobody has makes one group of all, and a person hears of what was meant."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, "| by(modell)", 1)
        assert "did you mean `model`" in "".join(text for text, _ in screen.query_one(FilterHint)._parts)


async def test_completion_works_inside_a_stage(shop: TraceFile) -> None:
    """Tab puts a field in its place, also while the bracket is open."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("slash")
        screen.filter_bar.set_text("| by(prov")
        await pilot.press("tab")
        assert screen.filter_bar.input.value == "| by(provider"


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 12), SMALL, (200, 60)])
async def test_groups_survive_any_terminal_size(shop: TraceFile, size: tuple[int, int]) -> None:
    """What does not fit is left out, what the groups are made by last."""
    app = explorer(shop.path)
    async with app.run_test(size=size) as pilot:
        screen = await ready(pilot, app)
        await grouped(pilot, screen, "kind = LLM | by(model, kind, name) | avg(duration) > 0", 3)
        assert "gpt" in shown(screen) or size[0] < 20
