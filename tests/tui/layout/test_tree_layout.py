"""The columns of a tree of spans."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.tree_layout import layout_for


@given(st.integers(52, 400))
def test_tree_layout_uses_the_width_exactly(width: int) -> None:
    """Bars end where the pane does."""
    layout = layout_for(width)
    assert layout.bar_column + layout.bar == width
