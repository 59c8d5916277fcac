"""What filtering by what one sees costs in keys, and the text that it writes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, grouped, ready, shown, wait_for
from tests.tui.conftest import explorer, flush
from tracetui.tui.explorer.screen import ExplorerScreen
from tracetui.tui.facets.values_screen import ValuesScreen
from tracetui.tui.state.value_table import ValueTable


class Driver:
    """Presses keys and counts them."""

    def __init__(self, pilot: Pilot[None], screen: ExplorerScreen) -> None:
        self.pilot = pilot
        self.screen = screen
        self.keys = 0

    async def press(self, *keys: str) -> None:
        """Press keys."""
        self.keys += len(keys)
        await self.pilot.press(*keys)

    async def filter(self, text: str, *, traces: int | None = None) -> None:
        """Wait for the text in the bar, and for the traces that it finds."""
        await wait_for(self.pilot, lambda: self.screen.filter.text == text, f"{text}, not {self.screen.filter.text}")
        assert self.screen.filter_bar.input.value == text
        assert self.screen.filter.error is None
        if traces is not None:
            found = self.screen.listing
            await wait_for(self.pilot, lambda: len(found) == traces, f"{traces} traces, not {len(found)}")

    async def values(self, *expected: str) -> None:
        """Wait for the table of values, with these values first."""
        app = self.screen.app
        await wait_for(self.pilot, lambda: isinstance(app.screen, ValuesScreen) and self.table.complete, "the values")
        assert [str(row.value) for row in self.table.rows][: len(expected)] == list(expected)

    @property
    def table(self) -> ValueTable:
        """The table of values."""
        screen = self.screen.app.screen
        assert isinstance(screen, ValuesScreen)
        return screen.value_list.table

    async def to_line(self, lead: str) -> None:
        """Put the cursor on the line of the details that begins so, as a click does."""
        pane = self.screen.detail_pane

        def place() -> int | None:
            return next((row for row, line in enumerate(pane.rows) if line.lead.startswith(lead)), None)

        await wait_for(self.pilot, lambda: place() is not None, lead)
        pane.move_cursor(place() or 0)


@asynccontextmanager
async def driven(path: Path, *, size: tuple[int, int] = WIDE, traces: int = 10) -> AsyncIterator[Driver]:
    """The explorer on a file."""
    app = explorer(path)
    async with app.run_test(size=size) as pilot:
        yield Driver(pilot, await ready(pilot, app, traces=traces))


async def test_only_this_session_takes_two_keys(shop: TraceFile) -> None:
    """From any row of the list: `=`, and the letter of the cell."""
    async with driven(shop.path) as driver:
        await driver.press("equals_sign", "i")
        await driver.filter('session = "s-42"', traces=3)
        assert driver.keys == 2
        await driver.press("Z")
        await driver.filter("", traces=10)


async def test_not_this_name_takes_two_keys(shop: TraceFile) -> None:
    """What is left out is left out as a whole."""
    async with driven(shop.path) as driver:
        await driver.press("minus", "n")
        await driver.filter('not trace.name = "POST /chat"', traces=1)
        await driver.press("minus", "m")
        await driver.filter('not trace.name = "POST /chat" and not trace.model = "gpt-4o"', traces=0)
        await driver.press("Z")
        await driver.filter('not trace.name = "POST /chat"', traces=1)


async def test_a_measure_is_at_least_or_less(shop: TraceFile) -> None:
    """Of durations no two are the same; the row itself is among those that are at least as long."""
    async with driven(shop.path) as driver:
        await driver.press("end", "up", "equals_sign", "d")
        await driver.filter("trace.duration >= 2.71s")
        await wait_for(driver.pilot, lambda: not driver.screen.session.searching, "the search")
        assert driver.screen.listing.selected in [
            driver.screen.listing[row] for row in range(len(driver.screen.listing))
        ]
        await driver.press("minus", "d")
        await wait_for(
            driver.pilot, lambda: driver.screen.filter.text.startswith("trace.duration < "), "less than this"
        )


async def test_a_span_filters_by_its_kind_and_error(shop: TraceFile) -> None:
    """In the tree the cells are those of the span."""
    async with driven(shop.path) as driver:
        await driver.press("enter", "equals_sign", "k")
        await driver.filter("kind = CHAIN")
        await driver.press("escape", "escape")
        driver.screen.filter_bar.set_text("is:error")
        await driver.filter("is:error", traces=1)
        await driver.press("equals_sign", "e")
        await driver.filter('is:error and trace.error ~ "TimeoutError"', traces=1)


@pytest.fixture
def llm(tmp_path: Path) -> TraceFile:
    """One trace with attributes, tags and JSON of all kinds."""
    file = TraceFile(tmp_path / "traces.db")
    trace = file.trace("ask", tags=json.dumps({"env": "prod", "a b": "x"}), model="large", session_id="s-1")
    exception = {"exception.type": "TimeoutError", "exception.message": "no answer", "exception.stacktrace": "a\nb"}
    trace.span(
        "ask",
        kind="LLM",
        model="large",
        status="ERROR",
        attributes={"shop.tenant": "eu-1", "temperature": 0.2, "beta": True, "model": "raw", "parts": ["x", "y"]},
        inputs={"k": 4, "where": {"index": "handbook", "list": ["a", {"b.c": 1}]}, "text": "one\ntwo", "no": None},
        outputs="a plain answer",
        events=[{"name": "exception", "attributes": exception}],
    )
    file.close()
    return file


@pytest.mark.parametrize(
    ("lead", "only"),
    [
        ("status", "status = error"),
        ("model", 'model = "large"'),
        ("TimeoutError", 'error = "TimeoutError"'),
        ("shop.tenant", 'shop.tenant = "eu-1"'),
        ("temperature", "temperature = 0.2"),
        ("beta", "beta = true"),
        ("model: ", 'attr.model = "raw"'),
        ("parts", 'parts = "x"'),
        ("env", 'tag.env = "prod"'),
        ("a b", 'tag.`a b` = "x"'),
        ("k: ", "input.k = 4"),
        ("index", 'input.where.index = "handbook"'),
        ("- b.c", None),
        ("session", 'session = "s-1"'),
    ],
)
async def test_a_line_of_the_details_takes_one_key(llm: TraceFile, lead: str, only: str | None) -> None:
    """Attributes, leaves of JSON, tags, errors: the condition finds the trace."""
    async with driven(llm.path, traces=1, size=(160, 90)) as driver:
        await driver.press("enter", "enter")
        await driver.to_line(lead)
        driver.keys = 0
        await driver.press("equals_sign")
        if only is None:
            await wait_for(
                driver.pilot, lambda: driver.screen.filter.text or len(driver.screen.app.screen_stack) > 1, ""
            )
            return
        await driver.filter(only, traces=1)
        assert driver.keys == 1
        await driver.press("Z", "minus")
        await wait_for(driver.pilot, lambda: driver.screen.filter.text.startswith("not "), "the denial")
        await wait_for(driver.pilot, lambda: len(driver.screen.listing) == 0, "nothing")


async def test_values_of_an_attribute_take_one_key_and_filter_with_the_next(shop: TraceFile) -> None:
    """The frequency table of a field; Enter keeps a value, `-` leaves it out; it is live."""
    async with driven(shop.path) as driver:
        await driver.press("number_sign", "m")
        assert driver.keys == 2
        await driver.values("gpt-4o-mini", "gpt-4o")
        assert [row.occurrences for row in driver.table.rows] == [9, 1]
        with flush(shop):
            for _ in range(9):
                shop.trace("new", model="gpt-4o").span("new")
        await wait_for(driver.pilot, lambda: driver.table.rows[0].value == "gpt-4o", "the new counts")
        assert driver.screen.app.screen.query_one("#values").cursor == 1  # type: ignore[attr-defined]
        await driver.press("enter")
        await driver.filter('trace.model = "gpt-4o-mini"', traces=9)


async def test_a_value_is_left_out_from_the_table(shop: TraceFile) -> None:
    """The same key as elsewhere."""
    async with driven(shop.path) as driver:
        await driver.press("enter", "number_sign", "k")
        await driver.values("CHAIN")
        await driver.press("minus")
        await driver.filter("not {kind = CHAIN}", traces=1)


async def test_a_group_is_left_out(shop: TraceFile) -> None:
    """The groups stay groups."""
    async with driven(shop.path) as driver:
        await grouped(driver.pilot, driver.screen, "kind = LLM | by(model)", 3)
        await driver.press("minus")
        await driver.filter('kind = LLM and not model = "gpt-4o-mini" | by(model)')
        await wait_for(driver.pilot, lambda: len(driver.screen.session.groups) == 2, "the other groups")
        await driver.press("number_sign")
        await driver.values("gpt-4o")
        await driver.press("escape")
        await wait_for(driver.pilot, lambda: driver.screen.app.screen is driver.screen, "the groups")


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 60)])
async def test_values_fit_any_terminal(shop: TraceFile, size: tuple[int, int]) -> None:
    """What does not fit is left out, the value last."""
    async with driven(shop.path, size=size) as driver:
        await driver.press("number_sign", "n")
        await driver.values("POST /chat")
        assert "POST" in shown(driver.screen.app.screen) or size[0] < 80  # type: ignore[arg-type]
