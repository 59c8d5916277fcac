"""Guides lead from a span to its parent, and leave room for the name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forests import any_spans, span
from tracetui.store.model.forest import build
from tracetui.store.model.rows import SpanRow
from tracetui.tui.layout.guides import guides


def test_outer_levels_that_do_not_fit_are_replaced_by_the_depth() -> None:
    """At depth 200 the number says where one is."""
    forest = build([span(1), *(span(id, id - 1, id) for id in range(2, 202))])
    assert guides(forest, 3) == "    └─"
    assert guides(forest, 200, 12) == "200⋯      └─"
    assert guides(forest, 200, 6) == "200⋯└─"


@given(any_spans(), st.integers(6, 30))
def test_guides_never_take_more_than_their_room(rows: list[SpanRow], most_cells: int) -> None:
    """The name begins at the same place for all spans that are deeper."""
    forest = build(rows)
    for index in range(forest.total):
        drawn = guides(forest, index, most_cells)
        assert len(drawn) == 2 * forest.depth[index] if 2 * forest.depth[index] <= most_cells else most_cells
