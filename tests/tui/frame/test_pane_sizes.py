"""The sizes of the panes, by keys and by dragging the lines between them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import TraceFile
from tests.support.pilot import WIDE, ready
from tests.tui.conftest import explorer
from tracetui.tui.layout.pane_shares import MODES, PaneShares, next_mode

PANES = ("traces", "tree", "details")


@given(st.lists(st.tuples(st.sampled_from(PANES), st.integers(-20, 20))))
def test_no_pane_is_ever_lost(steps: list[tuple[str, int]]) -> None:
    """Whatever keys are held, each pane keeps a tenth of its side of the screen."""
    shares = PaneShares()
    for pane, step in steps:
        shares = shares.changed(pane, step)
        assert all(10 <= share <= 90 for share in shares)


def test_modes_end_at_normal_and_full() -> None:
    """The keys are steps, not a circle: where the end is, the screen stays as it is."""
    assert [next_mode(mode, 1) for mode in MODES] == ["half", "full", "full"]
    assert [next_mode(mode, -1) for mode in MODES] == ["normal", "normal", "half"]


async def test_high_narrow_terminal_stacks_the_three_panes(shop: TraceFile) -> None:
    """Half of a wide screen shows list, tree and details, each over the whole width."""
    app = explorer(shop.path)
    async with app.run_test(size=(80, 50)) as pilot:
        screen = await ready(pilot, app)
        panes = [screen.trace_list, screen.span_tree, screen.detail_pane]
        assert all(pane.size.height >= 10 and pane.size.width >= 79 for pane in panes)


async def test_pane_takes_half_of_the_screen_then_all_of_it(shop: TraceFile) -> None:
    """`+` twice reads the details on the whole screen; the next pane is as large, and `_` goes back."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        before = screen.detail_pane.size
        await pilot.press("tab", "tab", "plus")
        assert screen.detail_pane.size.width > before.width
        await pilot.press("plus")
        assert screen.detail_pane.size.width >= WIDE[0] - 2
        assert not screen.trace_list.region.height
        await pilot.press("tab")
        assert screen.trace_list.size.height > 40
        await pilot.press("underscore", "underscore", "tab", "tab")
        assert screen.detail_pane.size == before


async def test_keys_move_the_line_between_two_panes(shop: TraceFile) -> None:
    """`>` makes the pane with the focus larger, `<` smaller."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        height, width = screen.trace_list.size.height, screen.span_tree.size.width
        await pilot.press("greater_than_sign")
        assert screen.trace_list.size.height > height
        await pilot.press("less_than_sign", "tab", "less_than_sign")
        assert screen.trace_list.size.height == height
        assert screen.span_tree.size.width < width


async def test_lines_between_panes_are_dragged(shop: TraceFile) -> None:
    """The line above the tree sets the height of the list, the line beside the details their width."""
    app = explorer(shop.path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app)
        line = screen.view.region.y
        await pilot.mouse_down(offset=(20, line))
        await pilot.hover(offset=(20, line + 8))
        await pilot.mouse_up(offset=(20, line + 8))
        assert abs(screen.view.region.y - (line + 8)) <= 1
        border = screen.query_one("#details-pane").region.x
        await pilot.mouse_down(offset=(border, screen.view.region.y + 3))
        await pilot.hover(offset=(border - 30, screen.view.region.y + 3))
        await pilot.mouse_up(offset=(border - 30, screen.view.region.y + 3))
        assert abs(screen.query_one("#details-pane").region.x - (border - 30)) <= 1
