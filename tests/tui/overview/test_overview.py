"""The overview on the screen: one key, live, and everything on it filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import EPOCH_NS, TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.store.facets.time_grid import Measured, TimeGrid
from tracetui.store.filter import parse
from tracetui.tui.overview.heat_map_state import narrowed_to_box, picture
from tracetui.tui.overview.overview_screen import OverviewScreen


@given(
    st.lists(st.tuples(st.integers(0, 10**12), st.floats(0.001, 1e6)), min_size=1, max_size=30),
    st.integers(1, 80),
    st.integers(1, 20),
)
def test_each_trace_is_in_the_cell_whose_box_it_is_in(traces: list[tuple[int, float]], columns: int, rows: int) -> None:
    """What a box filters is what it shows."""
    grid = TimeGrid()
    for start_ns, took_ms in traces:
        grid.add([Measured((EPOCH_NS + start_ns) // grid.width_ns, 1, 0, 0, 0.0, [took_ms])])
    found = picture(grid, columns, rows)
    assert found is not None
    assert len(found.columns) <= columns
    assert found.rows <= rows
    for column in range(len(found.columns)):
        for row in range(found.rows):
            box = found.box((column, row), (column, row))
            inside = [
                (start_ns, took_ms)
                for start_ns, took_ms in traces
                if box.start_ns <= EPOCH_NS + start_ns < box.end_ns
                and (box.least_ms is None or box.least_ms <= took_ms)
                and (box.below_ms is None or took_ms < box.below_ms)
            ]
            assert found.traces_in(column, row) == len(inside)
    assert parse(narrowed_to_box(parse("a | sort(-cost)"), found.box((0, 0), (0, 0)), utc=True)).root is not None


async def test_the_overview_takes_one_key_and_its_rows_filter(shop: TraceFile) -> None:
    """Rate, failures, percentiles, top errors; Enter on a row keeps it."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("O")
        await wait_for(pilot, lambda: "TimeoutError" in shown(app.screen), "the errors")  # type: ignore[arg-type]
        overview = app.screen
        assert isinstance(overview, OverviewScreen)
        text = shown(overview)  # type: ignore[arg-type]
        for part in ("10 traces", "10.0 %", "2.71 s", "gpt-4o-mini", "≥$0.0630"):
            assert part in text
        with flush(shop):
            shop.trace("new", start_ms=94_000).span("new")
        await wait_for(pilot, lambda: "11 traces" in shown(overview), "the new trace")  # type: ignore[arg-type]
        row = next(row for row, one in enumerate(overview.table.rows) if one.section == "error" and one.group)
        overview.table.move_cursor(row)
        await pilot.press("enter")
        await wait_for(pilot, lambda: screen.filter.text == 'trace.error = "TimeoutError"', "the filter")
        await wait_for(pilot, lambda: len(screen.listing) == 1, "its trace")
        await pilot.press("O")
        await wait_for(pilot, lambda: "1 trace ·" in shown(app.screen), "the filtered overview")  # type: ignore[arg-type]


async def test_a_box_of_the_heat_map_is_a_filter(shop: TraceFile) -> None:
    """Corner, move, Enter."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        await pilot.press("O")
        await wait_for(pilot, lambda: "TimeoutError" in shown(app.screen), "the overview")  # type: ignore[arg-type]
        await pilot.press("tab", *["left"] * 200, "up", "up", "up", "space", *["right"] * 200, "up", "up", "enter")
        await wait_for(pilot, lambda: screen.filter.text.startswith("trace.start >= 2026-01-02T03:04:05"), "a filter")
        assert "trace.duration >= 2371.37ms" in screen.filter.text
        await wait_for(pilot, lambda: len(screen.listing) == 6, "five slow ones, and one that runs so long")


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 60)])
async def test_the_overview_fits_any_terminal(shop: TraceFile, size: tuple[int, int]) -> None:
    """What does not fit is left out."""
    app = explorer(shop.path)
    async with app.run_test(size=size) as pilot:
        await ready(pilot, app)
        await pilot.press("O")
        await wait_for(pilot, lambda: "rate" in shown(app.screen), "the overview")  # type: ignore[arg-type]
