"""Hostile filters and hostile traces: text is bound, never pasted, and nothing but a FilterError is raised."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.store.filter import FilterError, compile_query, parse

INJECTIONS = [
    "'; DROP TABLE span; --",
    "' OR '1'='1",
    '" OR 1=1 --',
    "') OR 1 --",
    "x' UNION SELECT 1 --",
    "%' OR '%'='",
    ":now",
    "?1",
    "$p3",
    "{s}.id",
    "{}",
    "{0}",
    "a\0b",
    "]] --",
    "$.a",
    '"."',
    "/* x */",
    "\\",
    "%_",
    "*?[",
]
PLACES = [
    "name = {}",
    "name != {}",
    "name ~ {}",
    "name like {}",
    "name ilike {}",
    "name in ({}, {})",
    "x = {}",
    "x != {}",
    "x > {}",
    "x ~ {}",
    "x like {}",
    "x between {} and {}",
    "tag.`env` = {}",
    "event.name = {}",
    "input = {}",
    "output ~ {}",
    "input.a = {}",
    "kind = {}",
    "trace_id = {}",
    "root.x = {}",
    "span.content like {}",
    "trace.name rlike {}",
    "{}",
    "not {{{}}}",
]


def quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@pytest.fixture(scope="module")
def file(shared_trace_file: Any) -> Any:
    """One trace with a bit of everything, and one whose texts are the injections."""
    shared_trace_file.trace(
        {"name": "n", "attributes": {"x": "v"}, "inputs": {"a": 1}, "outputs": "o", "events": [{"name": "e"}, 5, None]},
        tags={"env": "prod"},
    )
    spans = [
        {
            "name": text,
            "attributes": {"x": text, text: text},
            "inputs": {"a": text, text: 1},
            "events": [{"name": text}],
        }
        for text in INJECTIONS
        if "\0" not in text
    ]
    shared_trace_file.trace(*spans, tags={text: text for text in INJECTIONS})
    return shared_trace_file


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", INJECTIONS)
def test_value_is_never_sql(file: Any, place: str, text: str) -> None:
    """No value, wherever it stands, changes the question or the file."""
    filter_text = place.format(*[quote(text)] * place.count("{}"))
    try:
        plan = file.plan(filter_text)
    except FilterError:
        return
    for sql in (plan.among([1])[0], plan.in_trace(1)[0], *(source.sql for source in plan.sources)):
        assert text not in sql or text in ("{}", "?1", ":now", "\\", "%_", "*?[")
    assert file.matches(filter_text) == file.among(filter_text)[::-1]
    assert file.spans(filter_text, 1) is not None
    assert file.connection.execute("SELECT count(*) FROM span").fetchone()[0] == file.last_span


@pytest.mark.parametrize("text", [text for text in INJECTIONS if "\0" not in text])
def test_value_is_found_as_it_is(file: Any, text: str) -> None:
    """Quoted text matches itself and nothing else."""
    assert file.matches(f"name = {quote(text)}") == [2]
    assert file.matches(f"x = {quote(text)}") == [2]
    assert file.matches(f"input.a = {quote(text)}") == [2]
    assert file.matches(f"tag.{'`' + text.replace('`', '``') + '`'} = {quote(text)}") == [2]
    assert file.matches(quote(text)) == [2]


@pytest.mark.parametrize("text", INJECTIONS)
def test_field_name_is_never_sql(file: Any, text: str) -> None:
    """Nor does a name of an attribute, a tag or a part of a document."""
    quoted = "`" + text.replace("`", "``") + "`"
    for scope in ("", "attr.", "tag.", "metadata.", "event.", "input.", "output.", "root.", "parent.attr."):
        try:
            found = file.matches(f"{scope}{quoted} is not null")
        except FilterError:
            continue
        assert found in ([], [2])


def test_field_name_beside_a_scope_may_hold_anything(file: Any) -> None:
    """A tag named like SQL is still a tag."""
    assert file.matches("tag.`' OR '1'='1` is not null") == [2]
    assert file.matches("`'; DROP TABLE span; --` = \"'; DROP TABLE span; --\"") == [2]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(PLACES))
@settings(max_examples=300, deadline=None)
def test_any_value_is_answered_by_sqlite(file: Any, text: str, place: str) -> None:
    """SQLite never sees a filter it cannot run."""
    try:
        plan = file.plan(place.format(*[quote(text)] * place.count("{}")))
    except FilterError:
        return
    file.connection.execute(*plan.among([1, 2])).fetchall()
    file.connection.execute(*plan.in_trace(2)).fetchall()  # must not raise


def nested(depth: int, leaf: str) -> str:
    text = leaf
    for level in range(depth):
        text = f"({leaf} {('and', 'or')[level % 2]} {'not ' if level % 3 == 0 else ''}{text})"
    return text


@pytest.mark.parametrize(
    "leaf",
    ["x = 1", "name ~ a", "parent.parent.x = 1", "timeout", "self > 5", "event.k != 3", "{is:error}"],
)
def test_filter_as_deep_as_the_parser_allows_is_answered(file: Any, leaf: str) -> None:
    """SQLite's own parser and expression limits lie beyond ours."""
    deepest = 0
    for depth in range(1, 40):
        try:
            plan = file.plan(nested(depth, leaf))
        except FilterError:
            break
        deepest = depth
        file.connection.execute(*plan.among([1])).fetchall()
        file.connection.execute(*plan.in_trace(1)).fetchall()
        assert file.matches(nested(depth, leaf)) is not None
    assert 8 <= deepest < 39


@pytest.mark.parametrize(
    "leaf", ["x = 1", "name ~ a", "parent.x = 1", "timeout", "event.k != 3", "{is:error}", "n in (1, 2, a)"]
)
@pytest.mark.parametrize("word", [" or ", " and "])
def test_filter_as_long_as_the_parser_allows_is_answered(file: Any, leaf: str, word: str) -> None:
    """Three hundred conditions are one question still."""
    text = word.join([leaf] * 300)
    plan = file.plan(text)
    file.connection.execute(*plan.among([1])).fetchall()
    file.connection.execute(*plan.in_trace(1)).fetchall()
    assert file.matches(text) is not None


def test_broken_json_in_the_file_is_no_match_and_no_error(trace_file: Any) -> None:
    """A file written by a stranger may hold text where JSON belongs."""
    trace_file.trace(
        {"name": "n", "attributes": {"x": [1]}, "inputs": {"a": 1}, "events": []}, tags="{oops", metadata="nope"
    )
    trace_file.connection.execute("UPDATE payload SET inputs = '{\"a\": 1', events = '[{'")
    trace_file.connection.execute("UPDATE attr SET value = '[1'")
    for text in (
        "x = 1",
        "x ~ 1",
        "tag.a = 1",
        "metadata.a is null",
        "input.a = 1",
        "input = 1",
        "event.name = e",
        "events > 0",
    ):
        assert trace_file.matches(text) in ([], [1])
        assert trace_file.spans(text, 1) in ([], [1])


def test_filter_cannot_write(file: Any) -> None:
    """The SQL of a filter runs on a connection that can only read."""
    reader = sqlite3.connect(":memory:")
    reader.close()
    plan = compile_query(parse("x > 5"), keys=file.keys, now_ns=0)
    assert all(source.sql.startswith("SELECT") for source in plan.sources)
    assert plan.among([])[0].startswith("SELECT")
