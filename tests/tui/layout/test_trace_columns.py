"""The columns of a list of traces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.layout.columns import GAP_CELLS
from tracetui.tui.layout.trace_columns import COLUMNS, ColumnChoice, columns_for


@given(st.integers(1, 400))
def test_columns_fit_their_width(width: int) -> None:
    """No terminal is too narrow, and none too wide."""
    columns = columns_for(width)
    total = sum(column.width_cells for column in columns) + GAP_CELLS * (len(columns) - 1)
    assert total <= max(width, 1)
    assert columns[0].key == "status"


@given(st.integers(1, 400), st.sets(st.sampled_from([column.key for column in COLUMNS])))
def test_empty_columns_take_no_room(width: int, filled: set[str]) -> None:
    """Whatever the file has, no column without a value is shown, and no more than fits."""
    columns = columns_for(width, longest=dict.fromkeys(filled, 5))
    assert sum(column.width_cells for column in columns) + GAP_CELLS * (len(columns) - 1) <= max(width, 1)
    empty = {"ttft", "tokens", "cost", "model", "service", "session", "tags"} - filled
    assert not empty & {column.key for column in columns}


def test_narrow_list_keeps_what_a_developer_looks_at() -> None:
    """Beside an editor there is room for the status, the time, the duration, the wait, the cost and the question."""
    longest = dict.fromkeys(("name", "ttft", "cost", "tokens", "model", "session"), 12)
    keys = [column.key for column in columns_for(77, longest=longest)]
    assert keys == ["status", "start", "bar", "duration", "ttft", "cost", "preview"]


def test_chosen_columns_are_shown_in_their_order_and_width() -> None:
    """A choice decides alone, also about attributes that the program has set itself."""
    choice = ColumnChoice(("preview", "attr:shop.tenant", "peak"), {"peak": 11})
    columns = columns_for(100, choice)
    assert [(column.key, column.title) for column in columns] == [
        ("preview", "Preview"),
        ("attr:shop.tenant", "shop.tenant"),
        ("peak", "Peak"),
    ]
    assert columns[2].width_cells == 11
    assert choice.extras == ("attr:shop.tenant", "peak")
