"""Text in a number of cells."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.store.text.safe_text import safe_line
from tracetui.tui.layout.cells import fit


@given(st.text(), st.integers(1, 60), st.booleans())
@example("0" * 9 + "\u0300" * 26 + "00", 10, False)
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, right: bool) -> None:
    """Whatever a cell of the list holds, the next one starts in its column."""
    assert cell_len(fit(safe_line(text), width, right=right)) == width
