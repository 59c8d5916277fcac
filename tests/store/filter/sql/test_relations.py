"""Relations between sets of spans, compared with a plain Python reading over random trees."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.filter.conftest import TraceFile

KINDS = ("A", "B", "C")
Span = dict[str, Any]
Trace = dict[int, Span]


def _random_traces(rng: random.Random) -> list[Trace]:
    """Trees of all shapes, with parents that are missing, parents that come later, and circles."""
    traces, id = [], 0
    for _ in range(60):
        ids = list(range(id + 1, id + 1 + rng.randint(1, 8)))
        id = ids[-1]
        trace = {}
        for number, one in enumerate(ids):
            usual = rng.choice(ids[:number]) if number else None
            parent = rng.choice([usual] * 8 + [rng.choice(ids), 100_000])
            trace[one] = {"id": one, "parent_id": parent, "kind": rng.choice(KINDS), "name": rng.choice("xy")}
        traces.append(trace)
    return traces


TRACES = _random_traces(random.Random(3))


@pytest.fixture(scope="module")
def trees(shared_trace_file: TraceFile) -> TraceFile:
    """The file under test holds every random tree."""
    for trace in TRACES:
        shared_trace_file.trace(*trace.values())
    return shared_trace_file


def children(trace: Trace, span: Span) -> list[Span]:
    return [one for one in trace.values() if one["parent_id"] == span["id"]]


def parents(trace: Trace, span: Span) -> list[Span]:
    parent = trace.get(span["parent_id"] or 0)
    return [parent] if parent else []


def siblings(trace: Trace, span: Span) -> list[Span]:
    return [one for one in trace.values() if span["parent_id"] == one["parent_id"] is not None and one is not span]


def reached(step: Callable[[Trace, Span], list[Span]]) -> Callable[[Trace, Span], list[Span]]:
    def all_steps(trace: Trace, span: Span) -> list[Span]:
        found: dict[int, Span] = {}
        waiting = step(trace, span)
        while waiting:
            one = waiting.pop()
            if one["id"] not in found:
                found[one["id"]] = one
                waiting += step(trace, one)
        return list(found.values())

    return all_steps


RELATIONS = {
    ">": parents,
    "<": children,
    "~": siblings,
    ">>": reached(parents),
    "<<": reached(children),
}
Test = Callable[[Trace, Span], bool]


def _set(kind: str, name: str) -> tuple[str, Test]:
    text = " ".join(part for part in (f"kind = {kind}" if kind else "", f"name = {name}" if name else "") if part)
    return "{" + text + "}", lambda trace, span: span["kind"] in (kind or KINDS) and span["name"] in (name or "xy")


def _related(left: tuple[str, Test], relation: str, right: tuple[str, Test]) -> tuple[str, Test]:
    others = RELATIONS[relation.removeprefix("!")]

    def test(trace: Trace, span: Span) -> bool:
        found = any(left[1](trace, other) for other in others(trace, span))
        return right[1](trace, span) and found == (relation[0] != "!")

    return f"{left[0]} {relation} {right[0]}", test


sets = st.builds(_set, st.sampled_from(["", *KINDS]), st.sampled_from(["", "x", "y"]))
relations = st.sampled_from([*RELATIONS, *(f"!{one}" for one in RELATIONS)])
related = st.recursive(
    st.builds(_related, sets, relations, sets),
    lambda left: st.builds(_related, left, relations, sets),
    max_leaves=3,
)


@given(related)
@settings(max_examples=400, deadline=None)
def test_relation_finds_the_spans_on_its_right(trees: TraceFile, made: tuple[str, Test]) -> None:
    """Searching, asking about given traces and marking spans agree with the plain reading."""
    text, test = made
    marked = [[one["id"] for one in trace.values() if test(trace, one)] for trace in TRACES]
    expected = [number for number, spans in enumerate(marked, 1) if spans]
    assert trees.matches(text) == expected[::-1]
    assert trees.among(text) == expected
    for number in expected[:5]:
        assert trees.spans(text, number) == marked[number - 1]


@given(related, related)
@settings(max_examples=100, deadline=None)
def test_relations_combine_like_any_sets(trees: TraceFile, one: tuple[str, Test], other: tuple[str, Test]) -> None:
    """`and`, `or` and `not` take a relation as a whole."""

    def found(made: tuple[str, Test]) -> list[bool]:
        return [any(made[1](trace, span) for span in trace.values()) for trace in TRACES]

    pairs = list(zip(found(one), found(other), strict=True))
    expected = [number for number, (a, b) in enumerate(pairs, 1) if a and not b]
    assert trees.among(f"{one[0]} and not {other[0]}") == expected
    expected = [number for number, (a, b) in enumerate(pairs, 1) if a or b]
    assert trees.among(f"{one[0]} or {other[0]}") == expected


@given(related, st.sampled_from(["kind", "name"]))
@settings(max_examples=100, deadline=None)
def test_stages_count_the_spans_on_the_right(trees: TraceFile, made: tuple[str, Test], field: str) -> None:
    """Groups and aggregates are about the spans that the relation returns."""
    by: dict[str, int] = {}
    for trace in TRACES:
        for span in trace.values():
            if made[1](trace, span):
                by[span[field]] = by.get(span[field], 0) + 1
    assert {group.key[0]: group.spans for group in trees.groups(f"{made[0]} | by({field})").groups} == by
    several = [
        number for number, trace in enumerate(TRACES, 1) if sum(made[1](trace, span) for span in trace.values()) > 1
    ]
    assert trees.among(f"{made[0]} | count() > 1") == several
