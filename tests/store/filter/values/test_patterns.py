"""Regular expressions that could take for ever never run without a limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.filter.reference import like
from tracetui.store.filter.sql.functions import MAX_GLOB_STEPS
from tracetui.store.filter.values.patterns import (
    MAX_TEXT,
    MOST_STEPS,
    STEPS,
    PatternError,
    found,
    steps,
    use_engine,
)

ENDLESS = (
    r"(a|a)*b",
    r"(.*a){20}$",
    r"(a+)+$",
    r"(x+x+)+y",
    r"(\w+\s?)*$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(a?){40}a{40}",
    r"(?=(a+)+$)b",
    r"(?P<all>a*)*(?P=all)b",
    r"(?x) ( a + ) + b",
    r"([a-z]+)*[0-9]",
    r"(a|aa)+$",
    r"(?:(?:a*)*)*b",
    r".*.*.*.*=.*",
)


@pytest.fixture(autouse=True)
def _no_engine() -> Iterator[None]:
    """As in a traced program, whatever other tests have set."""
    use_engine(None)
    yield
    use_engine(None)


@pytest.mark.parametrize("pattern", ENDLESS)
def test_pattern_that_could_take_for_ever_is_given_up_by_name(pattern: str) -> None:
    """A program that is traced has `re` alone, which nothing stops."""
    with pytest.raises(PatternError, match=re.escape(f"`{pattern}`")):
        found(pattern, 0, "a" * 1_000)


@pytest.mark.parametrize("pattern", ENDLESS)
def test_pattern_that_could_take_for_ever_goes_to_the_engine(pattern: str) -> None:
    """Where a process has one."""
    asked = []

    def engine(pattern: str, flags: int, text: str) -> bool:
        asked.append((pattern, flags, len(text)))
        return True

    use_engine(engine)
    assert found(pattern, re.IGNORECASE, "a" * 1_000)
    assert [flags for _, flags, _ in asked] == [re.IGNORECASE]


@pytest.mark.parametrize(
    "pattern",
    [
        "timeout|rate.?limit",
        "^(plan|act)_[0-9]+$",
        "foo.*bar",
        r"gpt-4o(-mini)?",
        r"\b[45][0-9]{2}\b",
        r"^(?!health)",
        "[0-9a-f]{32}",
        r"https?://\S+",
        "[{]",
        "a{b}c",
    ],
)
def test_ordinary_pattern_is_tried_on_long_texts_by_re(pattern: str) -> None:
    """Most patterns cannot take long, and need no engine."""
    text = "the service answered 503, an error that comes of its limits; " * 400
    assert steps(pattern, re.IGNORECASE, text[:MAX_TEXT]) <= STEPS


@pytest.mark.parametrize("pattern", [r"\d+\.\d+", r"\s+$", r"\w+@\w+", ".*timeout.*", "a.*b.*c"])
def test_pattern_with_a_repeat_or_two_is_tried_on_texts_of_usual_length(pattern: str) -> None:
    """Also in a program that is traced."""
    assert steps(pattern, re.IGNORECASE, "ordinary text, " * 25) <= MOST_STEPS


@given(st.text(), st.text("ab", max_size=50))
def test_any_text_as_a_pattern_has_a_bound(pattern: str, text: str) -> None:
    """Reading a pattern for its bound never fails."""
    assert steps(pattern, 0, text) >= 0


@given(st.text("abäB%_\\", max_size=12), st.text("abäB", max_size=12))
def test_wildcards_that_go_through_python_match_as_sql_says(pattern: str, text: str) -> None:
    """LIKE with letters beyond ASCII: each piece between two wildcards where it comes first."""
    from tracetui.store.filter import compile_query, parse  # noqa: F401 - the language is loaded late
    from tracetui.store.filter.sql.matching import like as like_sql

    bound: list[Any] = []

    def bind(value: Any) -> str:
        bound.append(value)
        return "?"

    sql = like_sql(bind, "name", "é%" + pattern, case_sensitive=False)
    assert sql.startswith("filter_fullmatch")
    expected = like("É" + text, "é%" + pattern, re.IGNORECASE)
    assert (re.compile(bound[0], re.IGNORECASE | re.DOTALL).fullmatch("É" + text) is not None) == expected


def test_wildcards_without_number_take_no_time(trace_file: Any) -> None:
    """Neither in SQLite nor, with letters beyond ASCII, in Python."""
    trace_file.trace({"name": "ä" * 900})
    for start in ("", "ä"):
        assert trace_file.matches(f"name = {start}{'*ä' * 400}*b") == []
        assert trace_file.matches(f"name ilike '{start}{'%a_' * 400}%b'") == []


def test_text_longer_than_sqlite_takes_for_a_pattern_is_looked_for(trace_file: Any) -> None:
    """SQLite refuses patterns of LIKE above 50,000 bytes."""
    needle = "\x01" * 9_000
    trace_file.trace({"name": f"a{needle}b", "attributes": {"x": needle}, "inputs": needle})
    for text in (f"name ~ '{needle}'", f"x ~ '{needle}'", f"input ~ '{needle}'", f"name like '%{needle}%'"):
        assert trace_file.matches(text) == [1]


def test_wildcards_on_a_text_that_is_too_long_are_given_up(trace_file: Any) -> None:
    """With a sentence in place of minutes."""
    trace_file.trace({"attributes": {"x": "ä" * (MAX_GLOB_STEPS // 10_000)}})
    with pytest.raises(PatternError, match="takes too long"):
        trace_file.matches(f"x ilike '%{'ä' * 11_000}b%'")


@pytest.mark.parametrize("filter_text", ["name =~ '(a|a)*b'", "trace.name rlike '(.*a){20}$'", "x !=~ '(a+)+$'"])
def test_given_up_search_names_the_pattern(trace_file: Any, filter_text: str) -> None:
    """Whichever question of the search came upon it."""
    trace_file.trace({"name": "a" * 200, "attributes": {"x": "a" * 200}})
    for ask in (trace_file.matches, trace_file.groups):
        with pytest.raises(PatternError, match="regular expression"):
            ask(filter_text if ask == trace_file.matches else f"{filter_text} | by(kind)")
