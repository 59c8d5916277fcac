"""The columns of a list of traces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.columns import GAP_CELLS
from tracetui.tui.layout.trace_columns import columns_for


@given(st.integers(1, 400))
def test_columns_fit_their_width(width: int) -> None:
    """No terminal is too narrow, and none too wide."""
    columns = columns_for(width)
    total = sum(column.width_cells for column in columns) + GAP_CELLS * (len(columns) - 1)
    assert total <= max(width, 1)
    assert columns[0].key == "status"
