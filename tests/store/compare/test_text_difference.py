"""The difference of two texts is shown line by line, as in a code review."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from tracetui.store.compare.text_difference import ADDED, MOST_LINES, REMOVED, SAME, SKIPPED, text_difference

LINES = st.lists(st.sampled_from("abcd"), max_size=12)


@given(LINES, LINES)
def test_each_text_is_what_the_other_side_did_not_write(first: list[str], second: list[str]) -> None:
    """No line is lost or made up."""
    assume(first != second)
    lines = list(text_difference(first, second, context=99))
    assert [line.text for line in lines if line.sign in (SAME, REMOVED)] == first
    assert [line.text for line in lines if line.sign in (SAME, ADDED)] == second


def test_long_equal_parts_are_left_out_and_counted() -> None:
    """Around a change there is some context."""
    first = [str(number) for number in range(20)]
    second = [*first[:10], "new", *first[10:]]
    assert [(line.sign, line.text) for line in text_difference(first, second)] == [
        (SKIPPED, "8 equal lines"),
        (SAME, "8"),
        (SAME, "9"),
        (ADDED, "new"),
        (SAME, "10"),
        (SAME, "11"),
        (SKIPPED, "8 equal lines"),
    ]


def test_very_long_texts_are_compared_up_to_a_limit_that_is_said() -> None:
    """So that a key is never waited for."""
    lines = list(text_difference(["x"] * (MOST_LINES + 1), ["x"] * 3))
    assert lines[-1].sign == SKIPPED
    assert "only the first 2,000 lines" in lines[-1].text
