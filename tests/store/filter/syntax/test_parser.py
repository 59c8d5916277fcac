"""What a filter's text means before any file is asked."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tracetui.store.filter import FilterError, parse, unparse
from tracetui.store.filter.syntax.parser import MAX_LENGTH
from tracetui.store.filter.tree.nodes import (
    Aggregate,
    And,
    By,
    Compare,
    Flag,
    Having,
    Limit,
    Name,
    Node,
    Not,
    Or,
    Query,
    Sort,
    SpanSet,
    Stage,
    Text,
    Value,
    conjunction,
    disjunction,
    negation,
)


def compare(name: str, op: str, *values: str, scope: str = "", quoted: bool = False) -> Compare:
    return Compare(Name(scope, name), op, tuple(Value(value, quoted) for value in values))


def outcome(text: str) -> tuple[Query | None, FilterError | None]:
    try:
        return parse(text), None
    except FilterError as error:
        return None, error


TOKENS = [
    *(
        "a",
        "name",
        "=",
        ">",
        ":",
        "(",
        ")",
        "{",
        "}",
        '"',
        "`",
        "and",
        "or",
        "not",
        "-",
        "!",
        "|",
        "||",
        "in",
        "between",
    ),
    *(">>", "!<", "by(", "sort(", "count()", "p95(", "limit", "|", "ttft"),
    *("is", "null", "like", "has", "is:error", "5", "5s", ",", ".", "~", "=~", "*", "tag."),
]
"""Pieces of the language, to be put together in any order."""

A, B, C = Text("a"), Text("b"), Text("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("  \n ", None),
        ("llm.ttft_ms > 500", compare("llm.ttft_ms", ">", "500")),
        ("ttft>500", compare("ttft", ">", "500")),
        ("attributes.`llm.ttft_ms` > 500", compare("llm.ttft_ms", ">", "500", scope="attr")),
        ("span.attributes.llm.ttft_ms>=5", compare("llm.ttft_ms", ">=", "5", scope="attr")),
        ('attributes."weird key" = 5', compare("weird key", "=", "5", scope="attr")),
        ("a.b-c > 1", compare("a.b-c", ">", "1")),
        ('`weird key` = "x AND y"', compare("weird key", "=", "x AND y", quoted=True)),
        ('"weird key" = 5', compare("weird key", "=", "5")),
        ('name = "AND"', compare("name", "=", "AND", quoted=True)),
        ("name = 'it''s'", compare("name", "=", "it's", quoted=True)),
        (r'name = "say \"hi\" \d"', compare("name", "=", r'say "hi" \d', quoted=True)),
        ("name == x", compare("name", "=", "x")),
        ("name <> x", compare("name", "!=", "x")),
        ("x = -1", compare("x", "=", "-1")),
        ("x = 1e3", compare("x", "=", "1e3")),
        ("ttft > 5µs", compare("ttft", ">", "5µs")),
        ("ttft > 500 ms", compare("ttft", ">", "500ms")),
        ("start > 2026-11-22 10:00", compare("start", ">", "2026-11-22 10:00", quoted=True)),
        ("größe = ñandú*", compare("größe", "=", "ñandú*")),
        ("kind:tool", compare("kind", "=", "tool")),
        ("duration:>1.5s", compare("duration", ">", "1.5s")),
        ('name:"web search"', compare("name", "=", "web search", quoted=True)),
        ("model in (a, 'b')", Compare(Name("", "model"), "in", (Value("a", False), Value("b", True)))),
        ("model NOT IN (a,b)", compare("model", "not in", "a", "b")),
        ("duration between 1s and 2s", compare("duration", "between", "1s", "2s")),
        ("duration not between 1s and 2s and a", And((compare("duration", "not between", "1s", "2s"), A))),
        ("model is null", compare("model", "is null")),
        ("model IS NOT NULL", compare("model", "is not null")),
        ("model = null", compare("model", "is null")),
        ("model != null", compare("model", "is not null")),
        ("name like 'a%'", compare("name", "like", "a%", quoted=True)),
        ("name not ilike 'a%'", compare("name", "not ilike", "a%", quoted=True)),
        ("name !=~ x", compare("name", "!=~", "x")),
        ("has:user.id", compare("user.id", "is not null")),
        ("has( `user id` )", compare("user id", "is not null")),
        ("is:ERROR", Flag("error")),
        ("tags.env=prod", compare("env", "=", "prod", scope="tag")),
        ("meta.git = x", compare("git", "=", "x", scope="metadata")),
        ("attribute.status = ok", compare("status", "=", "ok", scope="trace")),
        ("attributes.status = ok", compare("status", "=", "ok", scope="trace")),
        ("attributes.name = ask", compare("name", "=", "ask", scope="trace")),
        ("attr.status = 5", compare("status", "=", "5", scope="attr")),
        ("a b", And((A, B))),
        ("a and b && c", And((A, B, C))),
        ("a or b || c", Or((A, B, C))),
        ("a b or c", Or((And((A, B)), C))),
        ("a (b or c)", And((A, Or((B, C))))),
        ("not a", Not(A)),
        ("-a !b", And((Not(A), Not(B)))),
        ("not not a", A),
        ("-(a b)", Not(And((A, B)))),
        ("-15m", Text("-15m")),
        ("gpt-4o", Text("gpt-4o")),
        ("don't", Text("don't")),
        ("hello! a&b", And((Text("hello!"), Text("a&b")))),
        ("timeout in tool", And((Text("timeout"), Text("in"), Text("tool")))),
        ("error", Text("error")),
        ("time*", Text("time")),
        ("x=1&&y=2", And((compare("x", "=", "1"), compare("y", "=", "2")))),
        ("{a} and {b}", And((SpanSet(A), SpanSet(B)))),
        ("not {}", Not(SpanSet(None))),
        ("{a}>>{b}", SpanSet(B, ">>", SpanSet(A))),
        ("{a} !> {b} ~ {c}", SpanSet(C, "~", SpanSet(B, "!>", SpanSet(A)))),
        ("not {a} < {} or {b}", Or((Not(SpanSet(None, "<", SpanSet(A))), SpanSet(B)))),
        ("{a or b}c", And((SpanSet(Or((A, B))), C))),
        ("(" * 200 + "a" + ")" * 200, A),
        ("not " * 201 + "a", Not(A)),
    ],
)
def test_text_parses_to_this_tree(text: str, tree: Node | None) -> None:
    """Each way of writing has one meaning."""
    assert parse(text) == Query(tree)


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("name = ", 7, "needs a value"),
        ("name =", 6, "needs a value"),
        ("> 5", 0, "needs a field"),
        ("a and", 5, "needs a condition behind"),
        ("or a", 0, "needs a condition before"),
        ("a and or b", 6, "needs a condition before"),
        ("(a", 0, "never closed"),
        ("a)", 1, "closes nothing"),
        ("()", 1, "condition is missing"),
        ("{a", 0, "never closed"),
        ("{(a}", 3, "closes nothing"),
        ("{a {b}}", 0, "inside another"),
        ("'abc", 0, "never closed"),
        ('x = "abc', 4, "never closed"),
        ("`abc", 0, "never closed"),
        ("`abc`", 5, "needs a comparison"),
        ("'x' = 5", 3, "left of a comparison"),
        ("is:nonsense", 3, "no flag"),
        ("has:", 4, "needs a field"),
        ("kind in (a", 8, "never closed"),
        ("kind in LLM", 5, "not finished"),
        ("status is error", 7, "not finished"),
        ("duration between 1s", 19, "two values"),
        ("duration > abc", 11, "a duration"),
        ("duration > 4k", 11, "a duration"),
        ("tokens > 5s", 9, "a number"),
        ("tokens ~ 5", 7, "does not apply"),
        ("name > 5", 5, "does not apply"),
        ("status = nonsense", 9, "no status"),
        ("status = running", 9, "no status"),
        ("start > soon", 8, "a time"),
        ("x > abc", 4, "a number"),
        ("x > 5s", 4, "does not say its unit"),
        ("x > 5%", 4, "share of the trace"),
        ("name =~ '['", 8, "regular expression"),
        ("name =~ '" + "a" * 1001 + "'", 8, "1000 characters"),
        ("trace.nonsense = 1", 0, "no field"),
        ("resource.nonsense = 1", 0, "not recorded"),
        ("issue.state = 'x'", 0, "has no `state`"),
        ("{a} >> b", 7, "between two {...}"),
        ("{a} !<", 4, "between two {...}"),
        ("{a} ~ ({b})", 6, "between two {...}"),
        ("{a} >> {b", 7, "never closed"),
        ("parent." * 3 + "name = x", 0, "spans away"),
        ("x === 5", 4, "no value"),
        ("a \ud800", 2, "surrogate"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, "characters"),
        ("(" * 501 + "a", 500, "brackets"),
        ("x " * 301, 601, "conditions"),
        ("(a or (a and " * 30 + "a" + "))" * 30, None, "times"),
    ],
)
def test_error_names_the_column_and_the_trouble(text: str, column: int | None, says: str) -> None:
    """A person sees where it went wrong and why."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert says in caught.value.message
    if column is not None:
        assert caught.value.column == column


names = st.one_of(
    st.sampled_from(["foo", "llm.x", "weird key", "and", "a`b", "tag.env", "größe", "x-y", "", "1st"]),
    st.text(max_size=8),
).filter(lambda name: not any("\ud800" <= mark <= "\udfff" for mark in name))
quoted = st.builds(Value, st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.just(True))
bare = st.builds(Value, st.sampled_from(["x", "gpt-4o*", "-1", "1e3", "true", "a'b", "ñ"]), st.just(False))
raw = st.builds(Name, st.sampled_from(["attr", "tag", "metadata", "event"]), names.filter(bool))
comparisons = st.one_of(
    st.builds(
        lambda f, op, v: Compare(f, op, (v,)), raw, st.sampled_from(["=", "!=", "~", "!~", "like"]), quoted | bare
    ),
    st.builds(
        lambda f, op, v: Compare(f, op, tuple(v)), raw, st.sampled_from(["in", "not in"]), st.lists(quoted, min_size=1)
    ),
    st.builds(lambda f, op: Compare(f, op), raw, st.sampled_from(["is null", "is not null"])),
    st.builds(lambda f: Compare(f, "between", (Value("1", False), Value("2.5", False))), raw),
)
leaf = st.one_of(
    comparisons,
    st.sampled_from([Flag("error"), Flag("root")]),
    st.builds(Text, st.text(st.characters(exclude_categories=["Cs"]))),
)
bare_trees = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(conjunction),
        st.lists(inner, min_size=2, max_size=3).map(disjunction),
        inner.map(negation),
    ),
    max_leaves=8,
)
sets: st.SearchStrategy[Node] = st.recursive(
    (bare_trees | st.none()).map(SpanSet),
    lambda left: st.builds(
        SpanSet,
        bare_trees | st.none(),
        st.sampled_from([">>", ">", "<<", "<", "~", "!>>", "!>", "!<<", "!<", "!~"]),
        left,
    ),
    max_leaves=3,
)
trees = st.one_of(bare_trees, st.lists(sets, min_size=1, max_size=3).map(disjunction))


group_fields = st.one_of(raw, st.sampled_from([Name("", "model"), Name("", "a,b"), Name("parent", "tag.x y")]))
aggregates = st.one_of(
    st.just(Aggregate("count")),
    st.builds(Aggregate, st.sampled_from(["sum", "avg", "min", "max", "p50", "p99"]), raw | st.just(Name("", "ttft"))),
)
numbers = st.builds(Value, st.sampled_from(["5", "-1.5", "1e3"]), st.booleans())
havings = st.builds(Having, aggregates, st.sampled_from(["=", "!=", ">", "<="]), numbers)
stages = st.builds(
    lambda before, by, behind, sort, limit: (*before, *by, *behind, *sort, *limit),
    st.lists(havings, max_size=2),
    st.lists(st.builds(By, st.lists(group_fields, max_size=3).map(tuple)), max_size=1),
    st.lists(havings, max_size=2),
    st.lists(st.builds(Sort, aggregates | raw, st.booleans()), max_size=1),
    st.lists(st.builds(Limit, st.integers(1, 1_000)), max_size=1),
)


@given(st.none() | trees, stages)
@settings(max_examples=400, deadline=None)
def test_tree_survives_being_written_and_read(tree: Node | None, stages: tuple[Stage, ...]) -> None:
    """A filter shown to a person means what was parsed."""
    query, error = outcome(unparse(Query(tree, stages)))
    assume(error is None or "on the way inwards" not in error.message)
    assert query == Query(tree, stages)


@given(st.text())
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    """Nothing that can be typed breaks the parser."""
    query, error = outcome(text)
    if error is not None:
        assert 0 <= error.column <= len(text)
    elif query is not None:
        assert parse(unparse(query)) == query


@given(
    st.lists(
        st.sampled_from([*TOKENS, "'", "\0", " "]),
        max_size=20,
    ),
    st.sampled_from(["", " "]),
)
@settings(max_examples=800, deadline=None)
def test_any_mix_of_tokens_is_a_filter_or_a_filter_error(tokens: list[str], between: str) -> None:
    """Nor does anything made of the language's own words."""
    try:
        query = parse(between.join(tokens))
    except FilterError:
        return
    assert parse(unparse(query)) == query


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        ")" * 10_000,
        "{" * 10_000,
        "not " * 2_500,
        "-" * 10_000,
        "!" * 10_000,
        '"' * 9_999,
        "'" * 10_000,
        "`" * 9_999,
        "x=" * 5_000,
        "a." * 5_000 + "b = 1",
        "parent." * 1_400 + "b = 1",
        "a" * 10_000,
        "a or " * 2_000 + "a",
        "x = " + "9" * 10_000,
        "x = 1e" + "9" * 5_000,
        "duration > " + "9" * 5_000 + "d",
        "start > -" + "9" * 500 + "d",
        "start > " + "9" * 5_000,
        "start > 0001-01-01",
        "start > 9999-12-31T23:59:59+23:59",
        "name =~ '" + "(" * 500 + ")" * 500 + "'",
        "name =~ 'a{999999999999}'",
        "name = \0",
        "\0",
        "x in (" + "1," * 4_000 + "1)",
    ],
)
def test_hostile_text_ends_in_a_tree_or_a_filter_error(text: str) -> None:
    """Ten thousand characters of anything are answered, not crashed on."""
    query, error = outcome(text)
    assert (query is None) != (error is None)
    assert error is None or len(str(error)) < len(text) + 1_000
