"""Bars, ticks, columns and wrapped lines are exact for every width and every time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.store.text.bars import bar
from tracetui.store.text.safe_text import safe_line
from tracetui.tui.document.lines import Line, split_text, wrapped
from tracetui.tui.document.value import value_lines
from tracetui.tui.layout.cells import fit
from tracetui.tui.layout.columns import GAP_CELLS
from tracetui.tui.layout.time_axis import axis_of, tick_label, tick_step_ns, ticks
from tracetui.tui.layout.trace_columns import columns_for
from tracetui.tui.layout.tree_layout import layout_for

TIME = st.integers(-(10**18), 10**18)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


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


@given(st.integers(1, 400))
def test_columns_fit_their_width(width: int) -> None:
    """No terminal is too narrow, and none too wide."""
    columns = columns_for(width)
    total = sum(column.width_cells for column in columns) + GAP_CELLS * (len(columns) - 1)
    assert total <= max(width, 1)
    assert columns[0].key == "status"


@given(st.integers(52, 400))
def test_tree_layout_uses_the_width_exactly(width: int) -> None:
    """Bars end where the pane does."""
    layout = layout_for(width)
    assert layout.bar_column + layout.bar == width


@given(st.text(), st.integers(1, 60), st.booleans())
@example("0" * 9 + "\u0300" * 26 + "00", 10, False)
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, right: bool) -> None:
    """Whatever a cell of the list holds, the next one starts in its column."""
    assert cell_len(fit(safe_line(text), width, right=right)) == width


@given(st.text(alphabet="ab \n世界"), st.integers(8, 40))
def test_wrapped_rows_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    """Soft wrap keeps every word, and no row is wider than the pane."""
    lines = [Line(part) for part in split_text(text)]
    rows = list(wrapped(lines, width))
    assert all(cell_len(row.text) + row.indent <= width for row in rows)
    assert "".join(row.text for row in rows).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@given(JSON)
def test_any_value_becomes_lines(value: Any) -> None:
    """No recorded value fails to show, and each takes at least one line."""
    assert list(value_lines(value))


def test_deep_value_does_not_exhaust_the_stack() -> None:
    """A value nested a thousand deep is shown."""
    value: Any = 1
    for _ in range(900):
        value = {"a": [value]}
    assert len(list(value_lines(value))) > 20
