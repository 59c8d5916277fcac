"""Back and forward through filters, traces and spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TraceFile
from tests.support.driver import Driver, driven
from tests.support.pilot import wait_for
from tracetui.tui.state.places import Place, Places


async def settled(driver: Driver, text: str, count: int) -> None:
    """Wait until a filter has its result."""
    screen = driver.screen
    await wait_for(
        driver.pilot,
        lambda: screen.filter.text == text and not screen.session.searching and len(screen.listing) == count,
        f"the result of {text!r}",
    )


async def test_back_returns_to_the_trace_and_the_list_before(shop: TraceFile) -> None:
    """One key from a span to the list, at the trace that was opened; one key to go forward again."""
    async with driven(shop.path, traces=10) as driver:
        await driver.press("down", "down", "enter", "down")
        screen = driver.screen
        assert screen.session.open_trace is not None
        opened, span = screen.session.open_trace.trace.id, screen.session.open_trace.span
        await driver.press("ctrl+o")
        assert screen.pane_focus.at == "traces"
        assert screen.listing.selected == opened
        await driver.press("alt+right")
        assert screen.pane_focus.at == "tree"
        assert screen.session.open_trace.span is span


async def test_back_goes_through_filters_each_once(shop: TraceFile) -> None:
    """A filter that is typed is one place, not one for each letter; the trace under the cursor comes back with it."""
    async with driven(shop.path, traces=10) as driver:
        screen = driver.screen
        await driver.press("down", "down")
        chosen = screen.listing.selected
        await driver.press("slash", "i", "s", "colon", *"error", "enter")
        await wait_for(
            driver.pilot, lambda: screen.filter.good_text == "is:error" and not screen.session.searching, "a filter"
        )
        failed = len(screen.listing)
        await driver.press("slash", "space", *"zzzz", "enter")
        await settled(driver, "is:error zzzz", 0)
        await driver.press("alt+left")
        await settled(driver, "is:error", failed)
        await driver.press("alt+left")
        await settled(driver, "", 10)
        await wait_for(driver.pilot, lambda: screen.listing.selected == chosen, "the trace")
        assert not screen.listing.following
        await driver.press("alt+left")
        await driver.told("Nowhere to go back to")
        await driver.press("alt+right", "alt+right")
        await settled(driver, "is:error zzzz", 0)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_forward_undoes_back(visits: list[int]) -> None:
    """However one came here, going back to the first place and forward again visits the same places."""
    places = Places()
    now = Place("", visits[0], None, "traces")
    for trace in visits[1:]:
        places.leave(now)
        now = Place("", trace, None, "traces")
    there, back = now, [now]
    while (before := places.back(there)) is not None:
        there = before
        back.append(there)
    forward = [there]
    while (after := places.forward(there)) is not None:
        there = after
        forward.append(there)
    assert forward == back[::-1]
    assert there == now
