"""Stages behind `|` compared with a plain Python reading of their rules, over the random spans of `reference`."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.filter.conftest import TraceFile
from tests.store.filter.reference import (
    TRACES,
    Span,
    Test,
    Trace,
    as_number,
    calls_without_price,
    duration_ns,
    span_filters,
    tokens,
    trace_filters,
    usage,
)
from tracetui.store.filter import FilterError, Query, parse
from tracetui.store.filter.assist.group_filter import narrowed
from tracetui.store.read.groups import Group, TooManyGroupsError

Get = Callable[[Span, Trace], Any]

NUMBERS: dict[str, Get] = {
    "duration": lambda s, t: duration_ns(s),
    "ttft": lambda s, t: s["ttft_ms"],
    "cost": lambda s, t: s["cost_usd"],
    "tokens": tokens,
    "output_tokens": lambda s, t: s["output_tokens"],
    "n": lambda s, t: None if isinstance(s["attributes"].get("n"), bool) else as_number(s["attributes"].get("n")),
    "root.duration": lambda s, t: duration_ns(t["spans"][0]),
    "nosuch": lambda s, t: None,
}
"""Fields that aggregates are made of."""

LIMITS: dict[str, list[tuple[str, float]]] = {
    "duration": [("250ms", 250e6), ("0.5s", 500e6), ("1", 1e6)],
    "root.duration": [("500ms", 500e6)],
    "ttft": [("500", 500), ("0.9s", 900), ("100ms", 100)],
    "cost": [("$0.05", 0.05), ("0.1", 0.1)],
}
COUNTS: list[tuple[str, float]] = [("0", 0), ("1", 1), ("2", 2), ("5.5", 5.5), ("4k", 4_000), ("612", 612)]
OPS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
USAGE = {"cost": ["cost_usd"], "tokens": ["input_tokens", "output_tokens"], "output_tokens": ["output_tokens"]}


def percentile(values: list[float], share: float) -> float | None:
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


def aggregated(function: str, field: str, members: list[tuple[Span, Trace]]) -> float | None:
    """The number of an aggregate over spans."""
    if function == "count":
        return len(members)
    if function == "sum" and field in USAGE:
        used = [amount for one in used_by_trace(members) for c in USAGE[field] if (amount := one[c]) is not None]
        return sum(used) if used else None
    values = [value for span, trace in members if (value := NUMBERS[field](span, trace)) is not None]
    if not values:
        return None
    plain: dict[str, Callable[[list[float]], float]] = {"sum": sum, "min": min, "max": max}
    if function in plain:
        return plain[function](values)
    return sum(values) / len(values) if function == "avg" else percentile(values, int(function[1:]) / 100)


def used_by_trace(members: list[tuple[Span, Trace]]) -> list[dict[str, float | None]]:
    traces = {id(trace): trace for _, trace in members}
    return [usage([s for s, t in members if t is trace], trace["spans"]) for trace in traces.values()]


aggregates = st.one_of(
    st.just(("count()", "count", "")),
    st.builds(
        lambda function, field: (f"{function}({field})", function, field),
        st.sampled_from(["sum", "avg", "min", "max", "p50", "p90", "p95", "p99"]),
        st.sampled_from(sorted(NUMBERS)),
    ),
)

Having = tuple[str, Callable[[list[tuple[Span, Trace]]], bool]]


def _having(aggregate: tuple[str, str, str], op: str, number: int) -> Having:
    text, function, field = aggregate
    limits = LIMITS.get(field, COUNTS)
    typed, limit = limits[number % len(limits)]

    def holds(members: list[tuple[Span, Trace]]) -> bool:
        value = aggregated(function, field, members)
        return value is not None and OPS[op](value, limit)

    return f" | {text} {op} {typed}", holds


havings = st.builds(_having, aggregates, st.sampled_from(sorted(OPS)), st.integers(0, 5))

KEYS: dict[str, Get] = {
    "model": lambda s, t: s["model"],
    "kind": lambda s, t: s["kind"],
    "status": lambda s, t: s["status"],
    "session": lambda s, t: t["session_id"],
    "tag.env": lambda s, t: (t["tags"] or {}).get("env"),
    "tag.`a.b`": lambda s, t: (t["tags"] or {}).get("a.b"),
    "n": lambda s, t: as_key(s["attributes"].get("n")),
    "`weird key`": lambda s, t: as_key(s["attributes"].get("weird key")),
    "parent.model": lambda s, t: None if s is t["spans"][0] else t["spans"][0]["model"],
    "root.name": lambda s, t: t["spans"][0]["name"],
    "output_tokens": lambda s, t: s["output_tokens"],
    "depth": lambda s, t: int(s is not t["spans"][0]),
    "nosuch": lambda s, t: None,
}
"""Fields that groups are made by."""


def as_key(value: Any) -> str | None:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def matching(test: Test) -> list[tuple[Span, Trace]]:
    return [(span, trace) for trace in TRACES for span in trace["spans"] if test(span, trace)]


@given(span_filters, st.lists(havings, min_size=1, max_size=2))
@settings(max_examples=300, deadline=None)
def test_aggregate_finds_the_traces_whose_matching_spans_satisfy_it(
    filled: TraceFile, made: tuple[str, Test], stages: list[Having]
) -> None:
    """Only spans that match count, all stages hold, and a trace in which nothing matches is never found."""
    text = made[0] + "".join(stage for stage, _ in stages)
    expected = []
    for number, trace in enumerate(TRACES, 1):
        members = [(span, trace) for span in trace["spans"] if made[1](span, trace)]
        if members and all(holds(members) for _, holds in stages):
            expected.append(number)
    assert filled.matches(text) == expected[::-1]
    assert filled.among(text) == expected


@given(span_filters, st.lists(st.sampled_from(sorted(KEYS)), max_size=3, unique=True), st.none() | havings)
@settings(max_examples=300, deadline=None)
def test_groups_add_up_the_spans_that_match(
    filled: TraceFile, made: tuple[str, Test], fields: list[str], having: Having | None
) -> None:
    """Each group counts its spans and traces once, and no usage twice."""
    by: dict[Any, list[tuple[Span, Trace]]] = {}
    for span, trace in matching(made[1]):
        by.setdefault(tuple(KEYS[field](span, trace) for field in fields), []).append((span, trace))
    # `depth >= 0` holds for every span and speaks of spans, so that groups are of spans.
    found = filled.groups(f"{made[0]} depth >= 0 | by({', '.join(fields)}){having[0] if having else ''}")
    expected = {key: members for key, members in by.items() if having is None or having[1](members)}
    assert {group.key for group in found.groups} == set(expected)
    assert not found.of_traces
    for group in found.groups:
        check_group(group, expected[group.key])


def check_group(group: Group, members: list[tuple[Span, Trace]]) -> None:
    used = used_by_trace(members)

    def total(column: str) -> float | None:
        amounts = [one[column] for one in used if one[column] is not None]
        return sum(amounts) if amounts else None  # type: ignore[arg-type]

    durations = [float(duration_ns(span)) for span, _ in members]
    ttfts = [span["ttft_ms"] for span, _ in members if span["ttft_ms"] is not None]
    assert (group.spans, group.traces) == (len(members), len({id(trace) for _, trace in members}))
    assert group.errors == sum(span["status"] == "ERROR" for span, _ in members)
    assert group.duration_p50_ns == percentile(durations, 0.5)
    assert group.duration_p95_ns == percentile(durations, 0.95)
    assert (group.ttft_p50_ms, group.ttft_p95_ms) == (percentile(ttfts, 0.5), percentile(ttfts, 0.95))
    assert (group.input_tokens, group.output_tokens) == (total("input_tokens"), total("output_tokens"))
    assert group.cost_usd == pytest.approx(total("cost_usd"))
    assert group.calls_without_price == sum(
        calls_without_price([s for s, t in members if t is trace], trace["spans"])
        for trace in {id(trace): trace for _, trace in members}.values()
    )


@given(trace_filters, st.sampled_from(["model", "tag.env", "n"]))
@settings(max_examples=100, deadline=None)
def test_groups_of_sets_hold_the_spans_that_the_view_marks(
    filled: TraceFile, made: tuple[str, Test], field: str
) -> None:
    """With braces, the spans of a group are those that are marked in the traces that match."""
    traces = [number for number, trace in enumerate(TRACES, 1) if made[1]({}, trace)]
    marked = sum(len(filled.spans(made[0], trace)) for trace in traces)
    found = filled.groups(f"{made[0]} | by({field}, depth)")
    assert sum(group.spans for group in found.groups) == marked


@given(span_filters, st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=2, unique=True), st.integers(0, 50))
@settings(max_examples=300, deadline=None)
def test_filter_of_a_group_finds_its_traces(
    filled: TraceFile, made: tuple[str, Test], fields: list[str], number: int
) -> None:
    """Going into a group leads to every trace that has a span in it, and but for arrays to no other."""
    query = parse(f"{made[0]} | by({', '.join(fields)}) | count() > 0 | limit 1000")
    found = filled.groups(query.text).groups
    if not found:
        return
    group = found[number % len(found)]
    inside = [
        index
        for index, trace in enumerate(TRACES, 1)
        if any(
            made[1](span, trace) and tuple(KEYS[field](span, trace) for field in fields) == group.key
            for span in trace["spans"]
        )
    ]
    reached = filled.among(narrowed(query, group.key))
    assert set(inside) <= set(reached)
    if not {"n", "`weird key`"}.intersection(fields):  # which have arrays, that are equal to each of their elements
        assert reached == inside


@given(span_filters, st.sampled_from(sorted(NUMBERS)), st.booleans(), st.integers(1, 90))
@settings(max_examples=200, deadline=None)
def test_sort_puts_traces_in_the_order_of_their_matching_spans(
    filled: TraceFile, made: tuple[str, Test], field: str, down: bool, limit: int
) -> None:
    """The largest (or smallest) value of the matching spans decides; traces without one come last."""
    keyed = []
    for number, trace in enumerate(TRACES, 1):
        members = [(span, trace) for span in trace["spans"] if made[1](span, trace)]
        if members:
            keyed.append((number, aggregated("max" if down else "min", field, members)))
    newest_first = keyed[::-1]
    known = sorted((one for one in newest_first if one[1] is not None), key=lambda one: one[1] or 0, reverse=down)
    expected = [number for number, _ in known + [one for one in newest_first if one[1] is None]]
    sort = f" | sort({'-' if down else ''}{field})"
    assert filled.matches(made[0] + sort) == expected
    assert filled.matches(f"{made[0]}{sort} | limit {limit}") == expected[:limit]
    assert filled.matches(f"{made[0]} | limit {limit}") == [number for number, _ in newest_first[:limit]]


@given(aggregates, st.booleans(), st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_sort_puts_groups_in_the_order_of_an_aggregate(
    filled: TraceFile, aggregate: tuple[str, str, str], down: bool, limit: int
) -> None:
    """Groups without the number come last, equals in the order of what they are made by."""
    found = filled.groups(f"depth >= 0 | by(model) | sort({'-' if down else ''}{aggregate[0]}) | limit {limit}")
    models: dict[Any, list[tuple[Span, Trace]]] = {}
    for span, trace in matching(lambda s, t: True):
        models.setdefault(span["model"], []).append((span, trace))
    numbers = {model: aggregated(*aggregate[1:], members) for model, members in models.items()}
    shown = [numbers[group.key[0]] for group in found.groups]
    known = sorted((number for number in numbers.values() if number is not None), reverse=down)
    assert shown == pytest.approx([*known, *([None] * (len(numbers) - len(known)))][:limit])


def test_groups_are_of_traces_where_all_that_is_said_is_about_traces(trace_file: TraceFile) -> None:
    """A session's duration is that of its traces; as soon as a span is spoken of, spans are counted."""
    child = {"kind": "LLM", "duration_ms": 200, "ttft_ms": 50, "output_tokens": 7}
    for _ in range(2):
        trace_file.trace({"duration_ms": 1_000}, child, session_id="a", ttft_ms=90, output_tokens=9, cost_usd=0.5)
    (group,) = (found := trace_file.groups("session = a | by(session) | sum(tokens) > 17 | p50(ttft) >= 90ms")).groups
    assert found.of_traces
    assert (group.spans, group.traces, group.duration_p50_ns, group.ttft_p95_ms) == (4, 2, 1e9, 90)
    assert (group.output_tokens, group.cost_usd) == (18, 1.0)
    (group,) = (found := trace_file.groups("kind = LLM | by(session)")).groups
    assert not found.of_traces
    assert (group.spans, group.traces, group.duration_p50_ns, group.output_tokens) == (2, 2, 2e8, 14)


def test_group_counts_usage_once_through_spans_that_are_not_in_it(trace_file: TraceFile) -> None:
    """An agent's tokens cover those of the agents below it, whatever stands between them; a model's are its own."""
    outer = {"kind": "AGENT", "id": 1, "output_tokens": 30}
    between = {"kind": "TOOL", "id": 2, "parent_id": 1}
    inner = {"kind": "AGENT", "id": 3, "parent_id": 2, "output_tokens": 20}
    call = {"kind": "LLM", "id": 4, "parent_id": 3, "output_tokens": 20}
    trace_file.trace(outer, between, inner, call, output_tokens=30)
    found = {group.key[0]: group.output_tokens for group in trace_file.groups("| by(kind)").groups}
    assert found == {"AGENT": 30, "TOOL": None, "LLM": 20}
    assert trace_file.matches("kind = AGENT | sum(output_tokens) = 30") == [1]
    assert trace_file.matches("| sum(tokens) = 30") == [1]


def test_prompt_that_a_trace_is_linked_to_makes_groups(trace_file: TraceFile) -> None:
    """The first one that is named, by the span before those of its trace; its filter finds it."""
    linked = json.dumps([{"name": "greet", "version": "4"}, {"name": "bye", "version": "1"}])
    trace_file.trace({}, {"attributes": {"prompt.name": "own"}}, tags={"mlflow.linkedPrompts": linked})
    trace_file.trace({"attributes": {"mlflow.linkedPrompts": linked}})
    found = trace_file.groups("| by(prompt, prompt_version) | sort(prompt)").groups
    assert [(group.key, group.spans) for group in found] == [(("greet", "4"), 2), (("own", "4"), 1)]
    assert trace_file.among(narrowed(parse("| by(prompt, prompt_version)"), ("greet", "4"))) == [1, 2]


def test_too_many_groups_are_refused_by_name(trace_file: TraceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a group of every span says so before it fills the memory."""
    monkeypatch.setattr("tracetui.store.read.groups.MOST_GROUPS", 3)
    trace_file.trace({}, {}, {}, {})
    with pytest.raises(TooManyGroupsError, match=r"by\(id\) makes more than 3 groups"):
        trace_file.groups("| by(id)")


def test_no_trace_makes_no_group(trace_file: TraceFile) -> None:
    """An empty file, and a filter that nothing matches, give an empty list."""
    assert trace_file.groups("| by(model)").groups == []
    trace_file.trace({})
    assert trace_file.groups("kind = LLM | by()").groups == []
    assert [group.spans for group in trace_file.groups("| by()").groups] == [1]


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("kind = LLM | by(prompt, prompt_version) | count() > 2",
         ("greet", "4"), 'kind = LLM and prompt = "greet" and prompt_version = "4"'),
        ("| by(prompt)", (None,), "prompt is null"),
        ("a or b | by(model)", ('say "hi"',), r'(a or b) and model = "say \"hi\""'),
        ("{is:error} | by(model)", ("x",), "{is:error and model = 'x'}"),
        ("a | count() > 3 | by(depth) | limit 5", (2,), "a and depth = 2 | count() > 3"),
        ("is:error | by()", (), "is:error"),
        ("| by(tags.x)", ('["a", 5]',), 'tag.x = "a" and tag.x = "5"'),
    ],
)  # fmt: skip
def test_going_into_a_group_keeps_what_was_typed(text: str, key: tuple[Any, ...], expected: str) -> None:
    """The filter of a group reads as if a person had gone on typing."""
    assert narrowed(parse(text), key) == expected
    parse(expected)


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ("a |", 3, "stage is missing"),
        ("a | limt 3", 4, "no stage `limt`"),
        ("a | limit 0", 10, "at least 1"),
        ("a | limit x", 10, "at least 1"),
        ("a | limit 5 | count() > 1", 4, "last stage"),
        ("a | by(model) b", 14, "another |"),
        ("a | by(model", 6, "never closed"),
        ("a | by(model name)", 13, "between commas"),
        ("a | by(,)", 7, "needs a field"),
        ("a | by model", 7, "needs a ("),
        ("a | by(duration)", 7, "a duration"),
        ("a | by(input)", 7, "whole document"),
        ("a | by(model) | by(kind)", 16, "stands once"),
        ("a | sort(name) | by(model)", 17, "before sort()"),
        ("a | by(model) | sort(name)", 21, "not made by"),
        ("a | sort(name) | sort(kind)", 17, "stands once"),
        ("a | sort(output)", 9, "no order"),
        ("a | sort(-)", 10, "needs a field"),
        ("a | p95(model) > 5", 8, "model is text"),
        ("a | p95(start) > 5", 8, "min and max"),
        ("a | avg(input) > 5", 8, "no number"),
        ("a | avg() > 5", 8, "needs a field"),
        ("a | count(x) > 5", 10, "counts spans"),
        ("a | count() ~ 5", 12, "compared with a number"),
        ("a | count()", 11, "compared with a number"),
        ("a | count() > x", 14, "count() is no `x`"),
        ("a | count() > 5s", 14, "count() is no `5s`"),
        ("a | p95(ttft) > 5k", 16, "p95(ttft) is no `5k`"),
        ("a | p95(self) > 40%", 16, "share of the trace"),
        ("a | p95(score) > 5s", 17, "does not say its unit"),
        ("(a | by(model))", 3, "in brackets"),
        ("{a | by(model)}", 3, "in brackets"),
        ("a or | by(model)", 5, "`or` needs a condition"),
        ("count() > 10", 0, "stands behind |"),
        ("a" + " | count() > 1" * 31, None, "stages"),
        ("a | by(" + ", ".join(f"x{i}" for i in range(9)) + ")", None, "fields"),
    ],
)  # fmt: skip
def test_wrong_stage_names_the_column_and_the_trouble(text: str, column: int | None, says: str) -> None:
    """A person sees where it went wrong and why."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert says in caught.value.message
    assert column is None or caught.value.column == column


def outcome(text: str) -> tuple[Query | None, FilterError | None]:
    """The query, or why there is none."""
    try:
        return parse(text), None
    except FilterError as error:
        return None, error


@pytest.mark.parametrize("leaf", ["parent.parent.x = a", "parent.parent.input.x.y !~ z", "hello", "is:leaf"])
@pytest.mark.parametrize("depth", [3, 7, 12, 17])
def test_deep_condition_before_a_stage_is_answered_or_refused(trace_file: TraceFile, leaf: str, depth: int) -> None:
    """SQLite's parser has a stack of its own, which no filter that parses may overflow."""
    trace_file.trace({"attributes": {"x": [1]}}, {}, {})
    for level in range(depth):
        word = "or" if level % 2 else "and"
        leaf = f"({leaf} {word} not (name = b))" if level % 3 else f"(name = c {word} {leaf})"
    for text in (
        f"{leaf} | p95(parent.parent.x) > 5 | sum(tokens) > 5 | sort(-parent.parent.prompt)",
        f"{{{leaf}}} ~ {{}} ~ {{{leaf}}} >> {{{leaf}}} !<< {{{leaf}}}",
        f"{leaf} | by(parent.parent.prompt, tag.x) | p95(parent.parent.x) > 5",
    ):
        query, refusal = outcome(text)
        if query is None:
            assert "on the way inwards" in str(refusal)
        elif query.by:
            trace_file.groups(text)
        else:
            assert trace_file.matches(text)[::-1] == trace_file.among(text)
