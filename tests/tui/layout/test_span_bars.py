"""Bars of spans: own time solid, the time of children thin, waits dashed or dotted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.span_bars import AFTER, BEFORE, span_bar
from tracetui.tui.layout.time_axis import Axis

AXIS = Axis(0, 100)


def test_own_time_is_solid_and_the_time_of_children_is_thin() -> None:
    """So a gap between two calls is seen."""
    assert span_bar(0, 100, AXIS, 10, busy=[(10, 40), (60, 100)]).text == "━───━━────"


def test_wait_for_the_first_token_is_dashed() -> None:
    """The stream after it is solid, at least half a cell."""
    assert span_bar(0, 100, AXIS, 10, first_token_ns=40).text == "╌╌╌╌━━━━━━"
    assert span_bar(0, 100, AXIS, 10, first_token_ns=100).text == "╌╌╌╌╌╌╌╌╌╼"


def test_wait_for_a_person_is_dotted() -> None:
    """Nobody's program is to blame."""
    assert span_bar(20, 60, AXIS, 10, is_wait=True) == (2, "┈┈┈┈")


def test_spans_outside_the_axis_are_arrows() -> None:
    """After a zoom: what came before, and what comes later."""
    assert span_bar(-50, -10, AXIS, 10) == (0, BEFORE)
    assert span_bar(110, 120, AXIS, 10) == (9, AFTER)


def test_gaps_of_less_than_half_a_half_cell_are_not_seen() -> None:
    """Else the microseconds between two calls would look like time."""
    assert span_bar(0, 1000, Axis(0, 1000), 10, busy=[(0, 499), (501, 1000)]).text == "──────────"


@given(
    st.integers(-50, 150),
    st.integers(0, 100),
    st.integers(1, 40),
    st.lists(st.tuples(st.integers(-50, 150), st.integers(0, 60)), max_size=4),
    st.none() | st.integers(-50, 200),
)
def test_a_bar_lies_on_its_axis_and_never_vanishes(
    start_ns: int, length_ns: int, width: int, children: list[tuple[int, int]], first_token_ns: int | None
) -> None:
    """Whatever the times are."""
    busy = sorted((at_ns, at_ns + long_ns) for at_ns, long_ns in children)
    column, text = span_bar(start_ns, start_ns + length_ns, AXIS, width, busy=busy, first_token_ns=first_token_ns)
    assert text.strip()
    assert 0 <= column <= column + len(text) <= width
