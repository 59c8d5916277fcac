"""Bars are exact for every width and every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.text.bars import bar

TIME = st.integers(-(10**18), 10**18)


@given(TIME, TIME, TIME, st.integers(0, 10**18), st.integers(0, 200), st.none() | TIME)
def test_bar_is_never_empty_and_stays_inside(
    start: int, end: int, window: int, length: int, width: int, token: int | None
) -> None:
    """Skewed clocks, spans outside the window, spans of no length: each has a bar, within its width."""
    column, drawn = bar(start, end, window, length, width, first_token_ns=token)
    if width:
        assert column >= 0
        assert column + len(drawn) <= width
        assert drawn.strip()


def test_bar_has_half_cells_on_both_ends() -> None:
    """A quarter to three quarters of two cells is half a cell each."""
    assert bar(25, 75, 0, 100, 2) == (0, "╺╸")


def test_bar_is_thin_until_the_first_token() -> None:
    """The wait and the stream can be told apart without colour."""
    assert bar(0, 100, 0, 100, 8, first_token_ns=50) == (0, "────━━━━")
