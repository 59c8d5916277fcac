"""Hints about names that nothing has, and completions at the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.filter import FilterError, completions, hints, parse
from tracetui.store.filter.assist.completion import asked_at
from tracetui.store.filter.assist.suggestions import is_unfinished

COUNTS = {"llm.ttft_ms": 312, "model": 4, "weird key": 3, "gen_ai.usage.input_tokens": 5_050, "user.id": 40, "gone": 0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("llm.tttf_ms > 500", ["0 spans have `llm.tttf_ms`; did you mean `llm.ttft_ms` (312)?"]),
        ("llm.ttft_ms > 500 and user.id = x", []),
        ("duraton > 5", ["0 spans have `duraton`; did you mean `duration`?"]),
        ("gen_ai.usage.input_token > 5", ["0 spans have `gen_ai.usage.input_token`; did you mean"
                                          " `gen_ai.usage.input_tokens` (5,050)?"]),
        ("zzz = 1 or zzz = 2", ["0 spans have `zzz`"]),
        ("{root.User.Id = 1}", ["0 spans have `User.Id`; did you mean `user.id` (40)?"]),
        ("gone = 1", ["0 spans have `gone`"]),
        ("request_preview ~ Lisbon", ["0 spans have `request_preview`; did you mean `trace.request_preview`?"]),
        ("| by(user.idd) | p95(zzz) > 5 | sort(-gone)", ["0 spans have `user.idd`; did you mean `user.id` (40)?",
                                                         "0 spans have `zzz`", "0 spans have `gone`"]),
        ("timeout is:error tag.nosuch = 1", []),
        ("", []),
    ],
)  # fmt: skip
def test_hint_names_what_nothing_has_and_what_is_near(text: str, expected: list[str]) -> None:
    """An unknown name is no error, but a person hears of it."""
    assert hints(parse(text), COUNTS) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("du", "duration"),
        ("ttf", "ttft"),
        ("llm.", "llm.ttft_ms"),
        ("kind = LLM an", "and "),
        ("-nam", "name"),
        ("(mod", "model"),
        ("weird", "`weird key`"),
        ("is:er", "error"),
        ("has:us", "user"),
        ("has:user.", "user.id"),
        ("status = ", "ok"),
        ("kind:to", "TOOL"),
        ("duration ", ">"),
        ("name ", "="),
        ("start > ", "-15m"),
        ("trace.dur", "trace.duration"),
        ("tag", "tag."),
        ("GEN_AI", "gen_ai.usage.input_tokens"),
        ("a | ", "by("),
        ("a | p9", "p95("),
        ("a | by(prom", "prompt"),
        ("a | by(model, sess", "session"),
        ("a | by(user.", "user.id"),
        ("a | by(`weird", "`weird key`"),
        ("| sort(-sel", "self"),
        ("| sort(-p95(tt", "ttft"),
        ("| p95(dur", "duration"),
        ("| count() ", ">"),
        ("| avg(ttft) ", ">"),
        ("| limit 5 ", "| "),
        ("a || dur", "duration"),
        ('name = "|" dur', "duration"),
    ],
)
def test_completion_offers_the_likeliest_first(text: str, first: str) -> None:
    """Tab takes what fits best where the cursor is."""
    assert completions(text, len(text), COUNTS)[0].text == first


def test_completion_says_how_many_spans_have_a_name() -> None:
    """Counts tell the names in use from the typing errors of others."""
    (found,) = [c for c in completions("llm.t", 5, COUNTS) if c.text == "llm.ttft_ms"]
    assert (found.count, found.start, found.end) == (312, 0, 5)


def test_completion_reaches_a_raw_attribute_behind_a_field_of_its_name() -> None:
    """A raw attribute called `model` is offered as `attr.model`."""
    offered = [c.text for c in completions("model", 5, COUNTS)]
    assert offered[0] == "model"
    assert "attr.model" in offered


@pytest.mark.parametrize("text", ['name = "a', "name = 'it", "cost > 5", "name = x"])
def test_completion_is_silent_where_a_value_is_free(text: str) -> None:
    """Inside quotes and in values nobody can guess, Tab offers nothing."""
    assert completions(text, len(text), COUNTS) == []


@given(st.text(), st.integers(-5, 50))
def test_completion_replaces_what_stands_before_the_cursor(text: str, cursor: int) -> None:
    """Whatever is typed, a completion is about the word at the cursor."""
    for found in completions(text, cursor, COUNTS):
        assert 0 <= found.start <= found.end == min(max(cursor, 0), len(text))


@pytest.mark.parametrize("head", ["", "kind = LLM ", "not ", "("])
def test_completed_field_can_be_parsed(head: str) -> None:
    """Every field that is offered is a field of the language."""
    for found in completions(head, len(head), COUNTS):
        if not found.text.endswith((".", ":", " ", "(")):
            text = head + found.text + " is not null" + (")" if head == "(" else "")
            assert parse(text).root is not None


@pytest.mark.parametrize(
    ("stage", "rest"), [("by(", ")"), ("sort(", ")"), ("sort(-", ")"), ("p95(", ") > 1"), ("max(", ") = 1"), ("", "")]
)
def test_completed_stage_can_be_parsed(stage: str, rest: str) -> None:
    """Every field that is offered in a stage is one that the stage can take."""
    head = f"kind = LLM | {stage}"
    offered = completions(head, len(head), COUNTS)
    assert offered
    for found in offered:
        if not found.text.endswith((".", "(", " ")):
            assert parse(head + found.text + rest).stages


def test_error_reads_as_a_sentence_with_its_column() -> None:
    """The message says what, where and what else would do."""
    with pytest.raises(FilterError) as caught:
        parse("status = fine")
    assert str(caught.value) == "there is no status `fine` (column 10); expected ok, error, cancelled, unset"


KNOWN = {"session": [("s-42", 9), ("s 1", 3)], "model": [("large", 20), ("mini", 3)], "tag.": [("env", 5), ("a b", 1)]}


@pytest.mark.parametrize(
    ("text", "asked", "offered"),
    [
        ("session = ", "session", ["s-42", '"s 1"']),
        ("session:", "session", ["s-42", '"s 1"']),
        ('session = "s', "session", ['"s-42"', '"s 1"']),
        ("model = la", "model", ["large"]),
        ("model != ", "model", ["large", "mini"]),
        ("model in (large, ", "model", ["large", "mini"]),
        ("tag.e", "tag.", ["tag.env"]),
        ("| by(tag.", "tag.", ["tag.env", "tag.`a b`", "tag."]),
        ("name = ", "name", []),
        ("duration > ", None, []),
        ("is:", None, ["running"]),
    ],
)
def test_values_complete_a_comparison(text: str, asked: str | None, offered: list[str]) -> None:
    """The field under the cursor is asked for, and its values come with their counts."""
    assert asked_at(text, len(text)) == asked
    found = completions(text, len(text), COUNTS, KNOWN)
    assert [one.text for one in found][: len(offered)] == offered
    for one in found if asked else ():
        assert one.count is not None or one.text == "tag."


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("| by(mo", True),
        ("model = ", True),
        ('model = "gp', True),
        ("a and", True),
        ("(a", True),
        ("status = fine", False),
        ("a) b", False),
        ("limit 5", False),
    ],
)
def test_text_that_is_not_yet_a_filter_is_told_from_a_wrong_one(text: str, unfinished: bool) -> None:
    """Who is still typing is offered how to go on, rather than told of an error."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert is_unfinished(text, caught.value) == unfinished
