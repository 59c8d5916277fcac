"""Text as lines and rows of a pane."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.tui.document.lines import Line, split_text, wrapped


@given(st.text(alphabet="ab \n世界"), st.integers(8, 40))
def test_wrapped_rows_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    """Soft wrap keeps every word, and no row is wider than the pane."""
    lines = [Line(part) for part in split_text(text)]
    rows = list(wrapped(lines, width))
    assert all(cell_len(row.text) + row.indent <= width for row in rows)
    assert "".join(row.text for row in rows).replace(" ", "") == text.replace(" ", "").replace("\n", "")
