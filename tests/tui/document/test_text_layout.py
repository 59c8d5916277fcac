"""Lines that fold, wrap and come late."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.document.lines import CLOSED, HEADING, OPEN, Line
from tracetui.tui.document.text_layout import TextLayout

TREE = [
    Line("", lead="Inputs", lead_style=HEADING, fold=OPEN),
    Line("", indent=0, lead="messages:", fold=OPEN, summary="[2 items]"),
    Line("one", indent=2),
    Line("thought", indent=2, fold=CLOSED),
    Line("deep", indent=4),
    Line("last", indent=0),
    Line("", lead="Outputs", lead_style=HEADING, fold=OPEN),
    Line("two"),
]
"""A document with a section that has a folded thought."""

FOLDS = st.lists(st.sampled_from(["toggle", "all"]), max_size=4)


def _line(text: str, indent: int, fold: int, lead: str) -> Line:
    return Line(text, indent=indent, fold=fold, lead=lead)


LINES = st.lists(
    st.builds(
        _line,
        st.text("ab ", max_size=30),
        st.integers(0, 6),
        st.sampled_from([0, 0, OPEN, CLOSED]),
        st.sampled_from(["", "key: "]),
    ),
    max_size=25,
)


def laid_out(lines: list[Line], width_cells: int | None = None) -> TextLayout:
    """All lines, laid out."""
    layout = TextLayout(lines)
    layout.set_width(width_cells)
    layout.advance(rows=10_000)
    return layout


def texts(layout: TextLayout) -> list[str]:
    """The rows as they are read."""
    layout.advance(rows=10_000)
    return [row.lead + row.text for row in layout.rows]


def test_what_is_folded_at_first_is_hidden() -> None:
    """The line that hides it shows."""
    assert texts(laid_out(TREE)) == ["Inputs", "messages:", "one", "thought", "last", "Outputs", "two"]


def test_a_line_folds_and_unfolds() -> None:
    """Its place on the screen is the same."""
    layout = laid_out(TREE)
    assert layout.toggle(1) == 1
    assert texts(layout) == ["Inputs", "messages:", "last", "Outputs", "two"]
    assert layout.is_folded(1)
    layout.toggle(1)
    assert layout.toggle(3) == 3
    assert texts(layout)[4] == "deep"


def test_a_heading_folds_its_section() -> None:
    """The next heading stays."""
    layout = laid_out(TREE)
    layout.toggle(0)
    assert texts(layout) == ["Inputs", "Outputs", "two"]


def test_the_fold_of_a_leaf_is_that_of_what_it_is_part_of() -> None:
    """One need not go to the first line to fold."""
    layout = laid_out(TREE)
    assert layout.fold_of_row(2) == 1
    assert layout.fold_of_row(4) == 0
    assert layout.fold_of_row(6) == 6


def test_everything_folds_at_once_and_unfolds() -> None:
    """Headings stay open: the outline of the sections is what one wants to see."""
    layout = laid_out(TREE)
    layout.fold_all()
    assert texts(layout) == ["Inputs", "messages:", "last", "Outputs", "two"]
    layout.fold_all()
    assert texts(layout) == ["Inputs", "messages:", "one", "thought", "deep", "last", "Outputs", "two"]


def test_a_hidden_line_is_revealed() -> None:
    """A search leads into what is folded."""
    layout = laid_out(TREE)
    layout.fold_all()
    assert layout.rows[layout.reveal(4)].text == "deep"


def test_folds_stay_when_the_document_is_made_again() -> None:
    """A running span is shown anew each second, with more lines."""
    layout = laid_out(TREE)
    layout.toggle(1)
    again = TextLayout([*TREE[:6], Line("more"), *TREE[6:]], layout.toggled)
    assert texts(again) == ["Inputs", "messages:", "last", "more", "Outputs", "two"]


def test_lines_are_taken_as_far_as_they_are_needed() -> None:
    """The first screen of a value of any size shows at once."""
    taken = 0

    def endless() -> Iterator[Line]:
        nonlocal taken
        while True:
            taken += 1
            yield Line("a word " * 20)

    layout = TextLayout(endless())
    layout.set_width(20)
    assert not layout.advance(rows=100)
    assert 100 <= len(layout.rows) < 1_500
    assert taken < 200


@given(LINES, st.integers(8, 40), FOLDS)
def test_folding_loses_no_line(lines: list[Line], width: int, folds: list[str]) -> None:
    """Whatever is folded, unfolding shows every word again, and rows stay in order."""
    layout = laid_out(lines, width)
    for number, fold in enumerate(folds):
        rows = [row for row, line in enumerate(layout.line_of_row) if layout.lines[line].fold]
        if rows and fold == "toggle":
            layout.toggle(layout.line_of_row[rows[number % len(rows)]])
        else:
            layout.fold_all()
        layout.advance(rows=10_000)
        assert list(layout.line_of_row) == sorted(layout.line_of_row)
    for line in range(len(lines)):
        row = layout.reveal(line)
        assert layout.line_of_row[row] == line
    layout.advance(rows=10_000)
    shown = "".join(row.text.replace(" ", "") for row in layout.rows)
    assert all(line.text.replace(" ", "") in shown for line in lines)


def test_only_lines_with_a_text_are_shown() -> None:
    """With what is below them, and with the headings; folds work as before."""
    layout = laid_out(TREE)
    layout.show_only(re.compile("message"))
    assert texts(layout) == ["Inputs", "messages:", "one", "thought", "Outputs"]
    assert layout.toggle(1) == 1
    assert texts(layout) == ["Inputs", "messages:", "Outputs"]
    layout.show_only(None)
    assert texts(layout) == ["Inputs", "messages:", "last", "Outputs", "two"]
