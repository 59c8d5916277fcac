"""Text of other languages: understood, or told how it is written here; never quietly a word to find."""

from __future__ import annotations

import pytest

from tracetui.store.filter import FilterError, hints, parse, unparse


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("where model = x", "model = x"),
        ("WHERE kind = LLM and ttft > 1s", "kind = LLM and ttft > 1s"),
        ("where is:error", "is:error"),
        ("where not has(user)", "not user is not null"),
        ("where {is:error}", "{is:error}"),
        ("last 10m", "start > -10m"),
        ("is:error last 2 hours", "is:error and start > -2h"),
        ("(last 30 min or is:running)", "start > -30m or is:running"),
        ("past 2 weeks", "start > -14d"),
        ("where is it", "'where' and 'is' and 'it'"),
        ("where", "'where'"),
        ("last words", "'last' and 'words'"),
        ("'order by' 'last 10m'", "'order by' and 'last 10m'"),
        ("order 66", "'order' and '66'"),
        ("limit 5 apples", "'limit' and '5' and 'apples'"),
    ],
)
def test_habit_means_what_its_writer_means(typed: str, meant: str) -> None:
    """A `where` and a stretch of time are understood; quotes and other words stay text."""
    assert unparse(parse(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "column", "right"),
    [
        ("is:error order by duration desc", 9, "| sort(-duration)"),
        ("order by cost", 0, "| sort(cost)"),
        ("sort by -cost", 0, "| sort(-cost)"),
        ("kind = LLM group by model", 11, "| by(model)"),
        ("is:error limit 20", 9, "| limit 20"),
        ("is:error limit 20 | sort(-cost)", 9, "| limit 20"),
    ],
)
def test_stage_without_its_bar_is_told_how_it_is_written(typed: str, column: int, right: str) -> None:
    """What is expected can be typed as it is told."""
    with pytest.raises(FilterError) as caught:
        parse(typed)
    assert (caught.value.column, caught.value.expected) == (column, (right,))
    assert "in quotes it is text" in caught.value.message
    assert parse(typed[:column] + right).stages


def test_pattern_in_quotes_is_told_to_be_none() -> None:
    """It may be meant, so it is a hint."""
    assert hints(parse('model = "gpt-4o*"'), {}) == ["in quotes `*` is a star: `model = gpt-4o*` is a pattern"]
    assert hints(parse('model = gpt-4o* and name = "a * b" and kind = "LLM"'), {}) == []
