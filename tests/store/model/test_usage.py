"""Totals of tokens and cost over the spans of a trace: nothing is counted twice, and no call is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.model.rows import SpanRecord, TraceRecord
from tracetui.store.model.usage import Usage, totals, totals_by_group
from tracetui.store.prices.pricing import Prices
from tracetui.store.write.trace_totals import LARGE_TRACE_SPANS
from tracetui.store.write.writer import Writer

PRICES = '{"models": {"m": {"input": 1000000, "output": 2000000}}, "replace": true}'

Row = tuple[Any, ...]

amounts = st.none() | st.integers(0, 9)
trees = st.lists(st.tuples(st.integers(0, 12), amounts, amounts, amounts, st.sampled_from("ab")), max_size=12)
"""Each span says at which place its parent is (its own place and later ones: none that is in the trace), and what it
uses itself."""


def rows_of(tree: list[tuple[Any, ...]], *, cycles: bool = False) -> list[Row]:
    """The spans of `tree` with keys from 1; without `cycles` a parent always precedes its children."""
    return [
        (key, parent if cycles or parent < key else parent + 1000, *used, group)
        for key, (parent, *used, group) in enumerate(tree, start=1)
    ]


def plainly(rows: list[Row], column: int, key: int | None = None) -> int | None:
    """The rule by recursion: the larger of a span's own amount and the sum over its children."""
    keys = {row[0] for row in rows}
    if key is None:
        parts = [plainly(rows, column, row[0]) for row in rows if row[1] not in keys]
        return add(parts)
    (own,) = (row[column] for row in rows if row[0] == key)
    below = add([plainly(rows, column, row[0]) for row in rows if row[1] == key])
    return max((amount for amount in (own, below) if amount is not None), default=None)


def add(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


@given(trees, st.randoms(use_true_random=False))
def test_a_span_counts_for_the_larger_of_its_own_usage_and_its_children(tree: list[Any], order: random.Random) -> None:
    """For each kind of token and for the cost independently, in any order of arrival."""
    rows = rows_of(tree)
    expected = Usage._make(plainly(rows, column) for column in (2, 3, 4))
    assert totals([row[:5] for row in rows]) == expected
    order.shuffle(rows)
    assert totals([row[:5] for row in rows]) == expected


@given(trees, st.randoms(use_true_random=False))
def test_in_a_group_only_its_own_spans_count(tree: list[Any], order: random.Random) -> None:
    """As if the other spans had no usage."""
    rows = rows_of(tree)
    order.shuffle(rows)
    found = totals_by_group(rows)
    for group in "ab":
        alone = [row[:5] if row[5] == group else (*row[:2], None, None, None) for row in rows]
        assert found.get(group, Usage(None, None, None)) == totals(alone)


@given(trees)
def test_spans_in_a_circle_are_counted_once(tree: list[Any]) -> None:
    """For any parents: at most the sum of all spans, and at least the largest span."""
    rows = rows_of(tree, cycles=True)
    for total, column in zip(totals([row[:5] for row in rows]), (2, 3, 4), strict=True):
        said = [row[column] for row in rows if row[column] is not None]
        assert (total is None) == (not said)
        if total is not None:
            assert max(said) <= total <= sum(said)


def test_a_circle_of_two_counts_for_the_larger() -> None:
    """As one span below the other does."""
    assert totals([(1, 2, 10, None, None), (2, 1, 7, None, None)]).input_tokens == 10
    assert totals([(1, 1, 10, None, None)]).input_tokens == 10


@pytest.mark.parametrize("backwards", [False, True])
def test_a_chain_of_a_hundred_thousand_spans_is_added_up(backwards: bool) -> None:
    """Neither depth nor order costs more than the number of spans."""
    chain = [(key, key - 1, key % 7, None, 0.5, key) for key in range(1, 100_001)]
    if backwards:
        chain.reverse()
    assert totals([row[:5] for row in chain]) == Usage(6, None, 0.5)
    assert len(totals_by_group(chain)) == 100_000


# In the file


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "t.db", PROCESS, Prices(PRICES))) as writer:
        yield writer


def call(input_tokens: int = 10, output_tokens: int = 5, model: str = "m") -> dict[str, Any]:
    names = ("gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
    return dict(zip(names, (model, input_tokens, output_tokens), strict=True))


def totals_in(writer: Writer) -> list[tuple[Any, ...]]:
    return ask(writer, "SELECT input_tokens, output_tokens, cost_usd FROM traces")


def asks_twice(trace: TraceRecord) -> list[SpanRecord]:
    """A function that calls a model twice and reports the usage of the last answer."""
    function = make_span(trace, 1, kind="LLM", attribute_values=call())
    return [function, *(make_span(trace, key, parent=1, kind="LLM", attribute_values=call()) for key in (2, 3))]


@pytest.mark.parametrize("order", permutations(range(3)))
def test_a_function_with_the_usage_of_its_last_answer_hides_no_call(writer: Writer, order: tuple[int, ...]) -> None:
    """In one batch, in any order of the spans."""
    spans = asks_twice(make_trace())
    writer.write([spans[place] for place in order])
    assert totals_in(writer) == [(20, 10, 40.0)]


@pytest.mark.parametrize("order", permutations(range(3)))
def test_spans_of_one_trace_may_come_one_by_one(writer: Writer, order: tuple[int, ...]) -> None:
    """In a batch each, in any order."""
    spans = asks_twice(make_trace())
    for place in order:
        writer.write([spans[place]])
    assert totals_in(writer) == [(20, 10, 40.0)]


def test_an_agent_that_knows_more_than_its_calls_goes_before(writer: Writer) -> None:
    """Its sum includes untraced calls; the cost is the cost of the traced calls, since the function has none."""
    trace = make_trace()
    agent = make_span(trace, 1, kind="AGENT", attribute_values=call(100, 1))
    writer.write([agent, make_span(trace, 2, parent=1, kind="LLM", attribute_values=call())])
    assert totals_in(writer) == [(100, 5, 20.0)]


@pytest.mark.parametrize("order", permutations(range(4)))
def test_processes_add_up_to_one_trace(tmp_path: Path, order: tuple[int, ...]) -> None:
    """A span without usage that arrives last may move calls below a span that has counted them already."""
    path = tmp_path / "t.db"
    with (
        closing(Writer(path, PROCESS, Prices(PRICES))) as caller,
        closing(Writer(path, PROCESS, Prices(PRICES))) as callee,
    ):
        here, there = make_trace(), make_trace(maybe_in_file=True)
        here.maybe_in_file = True
        spans = [
            (caller, make_span(here, 1, kind="AGENT", attribute_values=call(20, 10))),
            (caller, make_span(here, 2, parent=1)),
            (callee, make_span(there, 3, parent=2, is_entry=True, kind="LLM", attribute_values=call())),
            (callee, make_span(there, 4, parent=2, is_entry=True, kind="LLM", attribute_values=call())),
        ]
        for place in order:
            writer, span = spans[place]
            writer.write([span])
        assert totals_in(caller) == [(20, 10, 40.0)]


def test_a_span_that_is_open_counts_as_far_as_it_came(writer: Writer) -> None:
    """The totals follow its next usage."""
    trace = make_trace()
    function = make_span(trace, 1, end_ns=None, kind="LLM", attribute_values=call(1, 1))
    writer.write([function, make_span(trace, 2, parent=1, kind="LLM", attribute_values=call())])
    assert totals_in(writer) == [(10, 5, 20.0)]
    function.attribute_values, function.end_ns = call(30, 2), 40
    writer.write([function])
    assert totals_in(writer) == [(30, 5, 34.0)]


def test_a_large_trace_is_added_up_when_it_ends(writer: Writer) -> None:
    """Also for a trace whose spans form one chain."""
    trace = make_trace()
    root = make_span(trace, 1, end_ns=None)
    chain = [make_span(trace, key, parent=key - 1) for key in range(2, LARGE_TRACE_SPANS + 3)]
    leaf = make_span(trace, len(chain) + 2, parent=len(chain) + 1, kind="LLM", attribute_values=call())
    writer.write([root, *chain, leaf])
    root.end_ns = 50
    writer.write([root])
    assert totals_in(writer) == [(10, 5, 20.0)]
