"""The columns of a tree of spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.forests import span
from tracetui.tui.layout.tree_layout import Needs, layout_for, needs_of

FULL = Needs(tokens=9, ttft=7, cost=8)


@given(st.integers(52, 400), st.sampled_from([Needs(), FULL, Needs(tokens=6)]))
def test_tree_layout_uses_the_width_exactly(width: int, needs: Needs) -> None:
    """Bars end where the pane does, and names and bars keep their least room."""
    layout = layout_for(width, needs)
    assert layout.bar_column + layout.bar == width
    assert layout.label >= 22
    assert layout.bar >= 10


def test_tokens_ttft_and_cost_are_seen_beside_the_details_in_a_terminal_of_120_columns() -> None:
    """The tree has three fifths of it."""
    layout = layout_for(71, FULL)
    assert layout.tokens
    assert layout.ttft
    assert layout.cost


def test_self_time_is_seen_in_a_terminal_of_80_columns() -> None:
    """The tree has all of it."""
    assert layout_for(79, FULL).self_time


def test_columns_that_are_empty_in_a_trace_take_no_room() -> None:
    """Most traces of tools have no tokens."""
    assert needs_of([span(1), span(2, 1)]) == Needs()
    call = span(3, 1)._replace(input_tokens=12_000, output_tokens=40, ttft_ms=300.0, cost_usd=0.25)
    assert needs_of([span(1), call]) == Needs(tokens=7, ttft=7, cost=5)


@pytest.mark.parametrize("width", [10, 30, 51])
def test_a_narrow_tree_has_names_and_durations_only(width: int) -> None:
    """In a pane of a third of a screen."""
    layout = layout_for(width, FULL)
    assert layout.label + layout.gap + layout.duration == max(width, 4 + layout.gap + layout.duration)
    assert not layout.bar
