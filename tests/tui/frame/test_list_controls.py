"""The order and the columns of the list, by keys and by the mouse."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.support.builders import TraceFile, at_ms
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.widgets.status_line import StatusLine
from tracetui.tui.widgets.trace_header import DOWN, UP


def ids(screen: ExplorerScreen) -> list[int]:
    """The listed traces, from the top."""
    return [screen.listing[row] for row in range(len(screen.listing))]


def columns(screen: ExplorerScreen) -> list[str]:
    """The keys of the shown columns."""
    return [column.key for column in screen.trace_list.columns()]


async def click_title(screen: ExplorerScreen, pilot: Pilot[None], key: str) -> None:
    """Click on the title of a column."""
    x = 1
    for column in screen.trace_list.columns():
        if column.key == key:
            break
        x += column.width_cells + 2
    await pilot.click(screen.list_controls.header, offset=(x, 0))


async def test_two_keys_list_the_slowest_traces_first(shop: TraceFile) -> None:
    """`s` and Enter: the header says so, the cursor is on the slowest, and nothing claims to follow the newest."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        keys = ("s", "enter")
        for key in keys:
            await pilot.press(key)
        await wait_for(pilot, lambda: ids(screen) != list(range(10, 0, -1)) and screen.listing.is_sorted, "the order")
        await wait_for(pilot, lambda: len(screen.listing) == 10, "all rows")
        traces = [trace for row in range(10) if (trace := screen.trace_list.trace_at(row))]
        assert traces[-1].name == "evaluate answers"  # lost: nobody knows how long it took
        durations = [(trace.end_ns or screen.session.now_ns) - trace.start_ns for trace in traces[:-1]]
        assert durations == sorted(durations, reverse=True)
        assert f"Duration{DOWN}" in shown(screen)
        assert screen.listing.selected == ids(screen)[0]
        assert screen.query_one(StatusLine).status.state == "live"
        assert not screen.query_one(StatusLine).status.filtered
        await pilot.press("S")
        await wait_for(pilot, lambda: f"Duration{UP}" in shown(screen), "the other direction")
        await pilot.press("f")
        await wait_for(pilot, lambda: ids(screen) == list(range(10, 0, -1)), "newest first")
        assert screen.query_one(StatusLine).status.state == "following"


async def test_click_on_a_title_sorts_and_another_turns_it_round(shop: TraceFile) -> None:
    """Numbers from the largest, names from A."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await click_title(screen, pilot, "cost")
        await wait_for(pilot, lambda: screen.list_controls.order == ("cost", True) and screen.listing.is_sorted, "cost")
        await click_title(screen, pilot, "cost")
        await wait_for(pilot, lambda: screen.list_controls.order == ("cost", False), "the other way")
        await click_title(screen, pilot, "name")
        await wait_for(pilot, lambda: screen.list_controls.order == ("name", False), "names")


async def test_sorted_list_takes_in_what_arrives(shop: TraceFile) -> None:
    """A slower trace appears on top while the list is sorted; the cursor stays on its trace."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("s", "d")
        await wait_for(pilot, lambda: screen.listing.is_sorted and len(screen.listing) == 10, "the order")
        before = screen.listing.selected
        with flush(shop):
            trace = shop.trace("slowest", start_ms=-9e6, status="OK", end_ns=at_ms(0))
            trace.span("slowest", end_ms=9e6)
        await wait_for(pilot, lambda: len(screen.listing) == 11 and screen.listing[0] == trace.id, "the slowest on top")
        assert screen.listing.selected == before
        assert "slowest" in shown(screen)


async def test_order_in_the_filter_is_shown_in_the_titles(shop: TraceFile) -> None:
    """What is typed and what is pressed are the same order; a key replaces that of the text."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        screen.filter_bar.set_text("kind = LLM | sort(-trace.cost)")
        await wait_for(pilot, lambda: f"Cost{DOWN}" in shown(screen), "the arrow")
        await pilot.press("s", "t")
        await wait_for(pilot, lambda: screen.filter.text == "kind = LLM", "the text without an order")
        assert screen.list_controls.order == ("ttft", True)


async def test_columns_without_values_take_no_room_until_they_have_one(shop: TraceFile) -> None:
    """The shop has no tags; with the first tag the column appears."""
    app = explorer(shop.path)
    async with app.run_test(size=(200, 48)) as pilot:
        screen = await ready(pilot, app)
        assert "tags" not in columns(screen)
        assert "service" in columns(screen)
        with flush(shop):
            shop.trace("tagged", tags='{"env": "prod", "mlflow.source": "x"}').span("tagged")
        await wait_for(pilot, lambda: "tags" in columns(screen), "the column")
        await wait_for(pilot, lambda: "env=prod" in shown(screen), "the tag")
        assert "env=prod mlflow" not in shown(screen)


async def test_start_is_a_time_or_an_age(shop: TraceFile) -> None:
    """`a` switches."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        assert "s ago" not in shown(screen)
        await pilot.press("a")
        assert "s ago" in shown(screen)


async def test_drag_of_a_title_sets_the_width(shop: TraceFile) -> None:
    """The column is as wide as the mouse has drawn it, and a drag does not sort."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        width = next(column.width_cells for column in screen.trace_list.columns() if column.key == "name")
        x = 1
        for column in screen.trace_list.columns():
            x += column.width_cells
            if column.key == "name":
                break
            x += 2
        header = screen.list_controls.header
        await pilot.mouse_down(header, offset=(x, 0))
        await pilot.hover(header, offset=(x + 5, 0))
        await pilot.mouse_up(header, offset=(x + 5, 0))
        await wait_for(pilot, lambda: screen.trace_list.choice.widths == {"name": width + 5}, "the width")
        assert not screen.listing.is_sorted
