"""Bars of durations on one scale."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.duration_bars import LONGER, duration_bar, scale_of

DURATIONS = st.lists(st.integers(0, 10**14), min_size=1, max_size=60)


@given(DURATIONS)
def test_scale_holds_nine_of_ten_bars_and_wastes_little(durations: list[int]) -> None:
    """One slow trace may be cut off; the others are never crowded into a few cells."""
    scale_ns = scale_of(durations)
    assert sum(one > scale_ns for one in durations) <= len(durations) // 10
    assert scale_ns <= max(10, max(durations) * 4 // 3 + 1)


@given(st.integers(0, 10**12), st.none() | st.integers(0, 10**12), DURATIONS, st.integers(0, 40))
def test_bar_fits_and_says_when_it_is_cut(duration: int, ttft: int | None, others: list[int], width: int) -> None:
    """A bar that is longer than the scale ends with an arrow."""
    scale_ns = scale_of(others)
    drawn = duration_bar(duration, ttft, scale_ns, width)
    assert len(drawn) <= width
    if width:
        assert drawn.endswith(LONGER) == (duration > scale_ns)


def test_wait_and_stream_differ_without_colour() -> None:
    """The part before the first token is thin."""
    assert duration_bar(80, 40, 100, 10) == "────━━━━"
