"""The ticks and the length of the time axis."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.time_axis import axis_of, tick_label, tick_step_ns, ticks


@given(st.integers(1, 10**18), st.integers(0, 300))
def test_ticks_do_not_overlap_and_fit(length: int, width: int) -> None:
    """Every label ends before the next tick, and before the end of the axis."""
    found = ticks(length, width)
    for tick, after in pairwise(found):
        assert tick.column + 1 + len(tick.label) <= after.column
    if found:
        assert found[-1].column + 1 + len(found[-1].label) <= width


def test_ticks_are_round_numbers() -> None:
    """1, 2 or 5 of a power of ten; minutes, hours and days as people count them."""
    assert [tick.label for tick in ticks(3_640_000_000, 33)] == ["0", "1s", "2s", "3s"]
    assert tick_label(1_500_000_000) == "1.5s"
    assert tick_step_ns(7 * 3600 * 10**9, 5) == 2 * 3600 * 10**9


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_growing_window_holds_its_spans_and_wastes_less_than_a_third(start: int, length: int) -> None:
    """The axis of a running trace is redrawn in steps, and its bars stay long."""
    axis = axis_of(start, start + length, running=True)
    assert axis.length_ns >= length
    assert axis.length_ns <= max(100_000_000, length * 4 // 3 + 1)
