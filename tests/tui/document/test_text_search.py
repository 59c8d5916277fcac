"""Every place of a text, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.document.lines import Line
from tracetui.tui.document.text_search import TextSearch

LINES = [Line("an Error"), Line("no"), Line("error, error", lead="error: ")]


def found(text: str, lines: list[Line]) -> list[int]:
    """The lines of all places."""
    search = TextSearch(text)
    search.extend(lines)
    return list(search.hits)


def test_letters_of_either_case_match_unless_one_is_a_capital() -> None:
    """As in ripgrep, less -i and vim's smartcase."""
    assert found("error", LINES) == [0, 2, 2, 2]
    assert found("Error", LINES) == [0]


def test_a_text_is_no_pattern() -> None:
    """Brackets and stars are searched for as they are."""
    assert found("a.c", [Line("abc"), Line("a.c")]) == [1]
    assert found("[", [Line("[1]")]) == [0]


def test_next_and_previous_wrap_around() -> None:
    """n at the last place goes to the first."""
    search = TextSearch("error")
    search.extend(LINES)
    assert search.next_line(0, 1) == 2
    assert search.next_line(2, 1) == 0
    assert search.next_line(0, -1) == 2
    assert search.at_or_after(1) == 2
    assert search.number_of(2) == 2
    assert search.number_of(1) == 0


def test_nothing_is_found_in_nothing() -> None:
    """There is no place to go to."""
    assert TextSearch("x").next_line(0, 1) is None


@given(st.lists(st.text("ab", max_size=8), max_size=12), st.text("ab", min_size=1, max_size=3), st.integers(0, 12))
def test_places_are_found_as_lines_come(texts: list[str], wanted: str, first: int) -> None:
    """In two steps as in one, as often as each line has the text."""
    lines = [Line(text) for text in texts]
    search = TextSearch(wanted)
    search.extend(lines[:first])
    search.extend(lines)
    assert list(search.hits) == found(wanted, lines)
    assert len(search.hits) == sum(text.count(wanted) for text in texts)
