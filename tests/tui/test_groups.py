"""Groups as a person sees them: in the explorer through the real feed, and in `tracetui ls`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.builders import TraceFile
from tests.support.pilot import wait_for
from tests.tui.conftest import Run, explorer, flush
from tests.tui.test_cli import in_terminal
from tests.tui.test_explorer import SMALL, WIDE, ready, shown
from tracetui.store.read.groups import Group, Groups
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.layout.group_columns import group_cell, group_columns
from tracetui.tui.state.group_listing import GroupListing
from tracetui.tui.widgets.filter_bar import FilterHint
from tracetui.tui.widgets.key_line import KeyLine

BY_MODEL = "kind = LLM | by(model)"


async def grouped(pilot: Pilot[None], screen: ExplorerScreen, text: str, groups: int) -> None:
    """Type a filter that makes groups, and go to their list."""
    await pilot.press("slash")
    screen.filter_bar.set_text(text)
    await wait_for(pilot, lambda: len(screen.session.groups) == groups and not screen.session.searching, "the groups")
    await pilot.press("enter")


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


def a_group(*key: str | None, spans: int = 1) -> Group:
    """A group that was counted."""
    return Group(key, spans, 1, 0, 1e9, 2e9, 300.0, None, 4_100, 312, 0.0042, 0, 0, (1234.5,))


def test_group_listing_knows_the_way_back_only_from_its_own_filter() -> None:
    """Once the filter was edited, Escape means what it always does."""
    from tracetui.store.filter import parse

    listing = GroupListing()
    listing.take(Groups(("model",), False, (), [a_group("x"), a_group("y")]))
    text = listing.enter(parse("| by(model)"), 1)
    assert (listing.selected, text) == (("y",), 'model = "y"')
    assert listing.way_back(text) == "| by(model)"
    assert listing.way_back(text + " a") is None


@pytest.mark.parametrize("width", [1, 10, 30, 60, 100, 200, 10_000])
def test_columns_of_groups_fit(width: int) -> None:
    """What the groups are made by comes first, and is cut last."""
    groups = Groups(("model", "a.very.long.attribute.name"), True, (), [a_group("m" * 60, "東京" * 30, spans=5)])
    columns = group_columns(groups, width)
    assert sum(column.width_cells + 2 for column in columns) - 2 <= width or len(columns) == 1
    assert [column.title for column in columns][:1] == ["model"]
    for column in columns:
        group_cell(groups, groups.groups[0], column, now_ns=0, utc=True)


# ls


def test_ls_prints_groups(shop: TraceFile, run: Run) -> None:
    """A line for each, what they are made by first."""
    ran = run("ls", "--db", str(shop.path), "-f", f"{BY_MODEL} | avg(ttft) > 1ms")
    lines = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert lines[0].split()[:4] == ["MODEL", "SPANS", "TRACES", "ERRORS"]
    assert "AVG(TTFT)" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["gpt-4o-mini", "gpt-4o", "—"]


def test_ls_prints_groups_as_json(shop: TraceFile, run: Run) -> None:
    """With a value of its own type for each field."""
    ran = run("ls", "--json", "--db", str(shop.path), "-f", "| by(tag.nosuch, depth) | max(duration) > 0 | limit 1")
    (line,) = ran.out.splitlines()
    group = json.loads(line)
    assert group["group"] == {"tag.nosuch": None, "depth": 2}
    assert group["of"] == "spans"
    assert group["aggregates"]["max(duration)"] >= group["duration_ms"]["p95"] >= group["duration_ms"]["p50"] > 0
    assert set(group["ttft_ms"]) == {"p50", "p95"}


def test_ls_cuts_groups_and_says_so(shop: TraceFile, run: Run) -> None:
    """At most as many as asked for."""
    ran = run("ls", "--db", str(shop.path), "-f", BY_MODEL, "-n", "2")
    assert len(ran.out.splitlines()) == 3
    assert "2 of 3 groups" in ran.err


def test_ls_takes_the_limit_of_the_filter(shop: TraceFile, run: Run) -> None:
    """`| limit` cuts, and -n is only needed for more than 20."""
    shop.traces(30)
    assert len(run("ls", "--json", "--db", str(shop.path), "-f", "| limit 25").out.splitlines()) == 25
    assert len(run("ls", "--json", "--db", str(shop.path), "-f", "| limit 25", "-n", "5").out.splitlines()) == 5


def test_ls_says_when_nothing_is_in_any_group(shop: TraceFile, run: Run) -> None:
    """Nothing is printed, and a name that nobody has is named."""
    ran = run("ls", "--db", str(shop.path), "-f", "kindd = LLM | by(model)")
    assert (ran.code, ran.out) == (0, "")
    assert "no group matches; 0 spans have `kindd`" in ran.err


@pytest.mark.parametrize("columns", [40, 80, 132])
def test_groups_fit_the_terminal(shop: TraceFile, columns: int) -> None:
    """No line is wider."""
    lines = in_terminal(["ls", "--db", str(shop.path), "-f", "| by(name, kind)", "-n", "0"], columns).splitlines()
    assert len(lines) > 3
    assert all(len(line) <= columns for line in lines)


def test_hostile_text_in_a_group_stays_text(tmp_path: Path, run: Run) -> None:
    """What a group is made by is as untrusted as anything from a trace."""
    file = TraceFile(tmp_path / "hostile.db")
    file.trace("x").span("\x1b]52;c;aGk=\x07\x9b2J")
    ran = run("ls", "--db", str(file.path), "-f", "| by(name)")
    file.close()
    assert not set(ran.out) & {"\x1b", "\x9b", "\x07"}
    assert "52;c;aGk=" in ran.out
