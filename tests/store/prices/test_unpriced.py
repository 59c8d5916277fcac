"""Model calls without a price: which spans are such, and that a sum which lacks them says so."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.model.rows import CANCELLED, ERROR, NO_STATUS
from tracetui.store.prices.pricing import Prices
from tracetui.store.prices.unpriced import CALL_COLUMNS, LACKS_PRICE, calls_without_price, lacks_price
from tracetui.store.text import format
from tracetui.store.write.rederive import rederive
from tracetui.store.write.writer import Writer

PRICES = '{"models": {"m": {"input": 1000000, "output": 2000000}}, "replace": true}'
MODEL, INPUT, OUTPUT = "gen_ai.request.model", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "t.db", PROCESS, Prices(PRICES))) as writer:
        yield writer


def call(model: str = "m", **more: Any) -> dict[str, Any]:
    return {MODEL: model, INPUT: 10, OUTPUT: 5, **more}


def said(writer: Writer) -> tuple[float | None, int]:
    """The cost of the one trace, and how many calls it lacks."""
    (row,) = ask(writer, "SELECT cost_usd, calls_without_price, cost_is_lower_bound FROM traces")
    cost_usd, unpriced, is_lower_bound = row
    assert is_lower_bound == (cost_usd is not None and unpriced > 0)
    return cost_usd, unpriced


def test_a_sum_that_lacks_a_call_is_a_lower_bound(writer: Writer) -> None:
    """With the number of the calls that it lacks."""
    trace = make_trace()
    models = ("m", "other", "another")
    calls = [
        make_span(trace, key, parent=1, kind="LLM", attribute_values=call(model)) for key, model in enumerate(models, 2)
    ]
    writer.write([make_span(trace, 1, kind="AGENT"), *calls])
    assert said(writer) == (20.0, 2)


def test_where_no_call_has_a_price_there_is_no_cost(writer: Writer) -> None:
    """Only the number of calls."""
    writer.write([make_span(make_trace(), 1, kind="LLM", attribute_values=call("other"))])
    assert said(writer) == (None, 1)


def test_a_trace_without_calls_lacks_none(writer: Writer) -> None:
    """Which is known."""
    writer.write([make_span(make_trace(), 1)])
    assert said(writer) == (None, 0)


@pytest.mark.parametrize(
    ("attributes", "more", "expected"),
    [
        ({MODEL: "other", INPUT: 0, OUTPUT: 0}, {}, 0),
        ({MODEL: "m", INPUT: 0, OUTPUT: 0}, {}, 0),
        ({MODEL: "m", OUTPUT: 5}, {}, 1),
        ({MODEL: "m"}, {}, 1),
        ({}, {}, 0),
        ({MODEL: "m"}, {"status_code": NO_STATUS}, 1),
        ({MODEL: "m"}, {"status_code": ERROR}, 0),
        ({MODEL: "other", INPUT: 10}, {"status_code": ERROR}, 1),
        ({MODEL: "m", "llm.ttft_ms": 3.0}, {"status_code": CANCELLED}, 1),
        ({MODEL: "m"}, {"end_ns": None}, 0),
        ({MODEL: "m", "llm.ttft_ms": 3.0}, {"end_ns": None}, 0),
        ({MODEL: "m"}, {"kind": "TOOL"}, 0),
        ({INPUT: 10}, {"kind": "TOOL"}, 1),
        ({INPUT: 10}, {"kind": "AGENT"}, 1),
        ({MODEL: "other", INPUT: 10, "llm.cost.total": 0}, {}, 0),
    ],
    ids=[
        *("no tokens by count", "no tokens by count of a known model", "one count missing", "answered without counts"),
        "answered without counts, as OpenTelemetry's API leaves it",
        *("no model is named", "failed before its answer", "failed, but counted", "left after its first token"),
        *("open", "streaming", "no model call", "a tool with tokens", "an agent with tokens alone", "given as free"),
    ],
)
def test_one_span_alone(attributes: dict[str, Any], more: dict[str, Any], expected: int, writer: Writer) -> None:
    """The known counts decide whether its cost is known."""
    writer.write([make_span(make_trace(), 1, attribute_values=attributes, **{"kind": "LLM", **more})])
    assert said(writer)[1] == expected


@pytest.mark.parametrize("in_batches", [False, True])
def test_a_call_that_two_spans_tell_of_is_one_call(in_batches: bool, writer: Writer) -> None:
    """A function around a call of a client that is traced too."""
    trace = make_trace()
    spans = [
        make_span(trace, 1, kind="LLM", attribute_values=call("other")),
        make_span(trace, 2, parent=1, kind="LLM", attribute_values=call("other")),
        make_span(trace, 3, parent=1, kind="LLM", attribute_values=call()),
    ]
    for batch in [[span] for span in spans] if in_batches else [spans]:
        writer.write(batch)
    assert said(writer) == (20.0, 1)


def test_a_function_that_knows_the_price_of_a_call_below_is_no_call_without_one(writer: Writer) -> None:
    """Its own tokens are those of the call."""
    trace = make_trace()
    function = make_span(trace, 1, kind="LLM", attribute_values=call("alias"))
    writer.write([function, make_span(trace, 2, parent=1, kind="LLM", attribute_values=call())])
    assert said(writer) == (20.0, 0)


def test_a_function_around_calls_that_failed_is_no_call_itself(writer: Writer) -> None:
    """A retry loop that returns a fallback at the end."""
    trace = make_trace()
    function = make_span(trace, 1, kind="LLM", attribute_values={MODEL: "m"})
    failed = make_span(trace, 2, parent=1, kind="LLM", status_code=ERROR, attribute_values={MODEL: "m"})
    writer.write([function, failed])
    assert said(writer) == (None, 0)


def test_a_given_cost_includes_all_descendants(writer: Writer) -> None:
    """An agent that bills its calls, or a call of a gateway with the provider's call below it."""
    trace = make_trace()
    agent = make_span(trace, 1, kind="AGENT", attribute_values={"llm.cost.total": 3})
    step = make_span(trace, 2, parent=1)
    writer.write([agent, step, make_span(trace, 3, parent=2, kind="LLM", attribute_values=call("other"))])
    assert said(writer) == (3.0, 0)


def test_a_cost_that_was_computed_is_that_of_one_call(writer: Writer) -> None:
    """A function with the usage of its last answer does not price the call before it."""
    trace = make_trace()
    function = make_span(trace, 1, kind="LLM", attribute_values=call())
    guard = make_span(trace, 2, parent=1, kind="LLM", attribute_values=call("other"))
    writer.write([function, guard, make_span(trace, 3, parent=1, kind="LLM", attribute_values=call())])
    assert said(writer) == (20.0, 1)


def test_a_call_has_its_price_as_soon_as_it_has_a_cost(writer: Writer) -> None:
    """The number of calls without a price decreases again."""
    span = make_span(make_trace(), 1, end_ns=None, kind="LLM", attribute_values=call("other"))
    writer.write([span])
    assert said(writer) == (None, 1)
    span.attribute_values, span.end_ns = call("other", **{"llm.cost.total": 2}), 40
    writer.write([span])
    assert said(writer) == (2.0, 0)


def test_rederiving_counts_anew(writer: Writer) -> None:
    """With current prices, and in a file of an older layout, which has no count until then."""
    trace = make_trace()
    calls = [
        make_span(trace, key, parent=1, kind="LLM", attribute_values=call(model))
        for key, model in ((2, "m"), (3, "new"), (4, "other"))
    ]
    writer.write([make_span(trace, 1), *calls])
    with closing(sqlite3.connect(writer.path)) as older:
        older.execute("UPDATE trace SET calls_without_price = NULL")
        older.execute("UPDATE span SET cost_covers_below = NULL")
        older.commit()
    assert ask(writer, "SELECT calls_without_price, cost_is_lower_bound FROM traces") == [(None, None)]
    rederive(writer.path, Prices(PRICES))
    assert said(writer) == (20.0, 2)
    rederive(writer.path, Prices(PRICES.replace('"m"', '"m|new"')))
    assert said(writer) == (40.0, 1)


facts = st.tuples(
    st.integers(0, 9),
    st.none() | st.integers(0, 2),
    st.none() | st.integers(0, 2),
    st.none() | st.just(0.5),
    st.sampled_from(["LLM", "EMBEDDING", "AGENT", "UNKNOWN"]),
    st.sampled_from(["OK", "UNSET", "ERROR", "CANCELLED", None]),
    st.none() | st.just("m"),
    st.none() | st.just(3.0),
    st.none() | st.just("resp_1"),
    st.none() | st.just(1),
    st.none() | st.just(2),
    st.none() | st.just(1),
)


@given(st.lists(facts, max_size=10), st.randoms(use_true_random=False))
def test_calls_are_those_that_the_rule_names(spans: list[tuple[Any, ...]], order: random.Random) -> None:
    """Read plainly, for any tree in any order."""
    rows = [
        (key, parent if parent < key else 100, *rest, *((None, 1) if covers and rest[2] is not None else (fees, None)))
        for key, (parent, *rest, fees, covers) in enumerate(spans, start=1)
    ]
    parent_of = {row[0]: row[1] for row in rows}

    def above(key: int) -> list[int]:
        found = []
        while (key := parent_of.get(key, 0)) in parent_of:
            found.append(key)
        return found

    named = {row[0]: dict(zip(CALL_COLUMNS, row, strict=True)) for row in rows}
    expected: set[int] = set()
    for key in sorted(named, reverse=True):  # children have larger keys
        span, below = named[key], [other for other in named if key in above(other)]
        tokens = bool(span["input_tokens"] or span["output_tokens"])
        if not lacks_price(*list(span.values())[2:12]) or any(named[one]["cost_covers_below"] for one in above(key)):
            continue
        if any(named[one]["cost_usd"] is not None or one in expected for one in below):
            continue
        is_asking = any(
            named[one]["input_tokens"]
            or named[one]["output_tokens"]
            or named[one]["kind"] in ("LLM", "EMBEDDING")
            or named[one]["answer_id"]
            for one in below
        )
        if tokens or not is_asking:
            expected.add(key)
    order.shuffle(rows)
    assert sorted(calls_without_price(rows)) == sorted(expected)


@given(facts)
def test_sql_and_python_agree_on_one_span(span: tuple[Any, ...]) -> None:
    """Groups use SQL if no span is an ancestor of another."""
    values = (1, *span)
    named = ", ".join(f"? AS {name}" for name in CALL_COLUMNS)
    with closing(sqlite3.connect(":memory:")) as connection:
        query = f"SELECT {LACKS_PRICE.format(s='s')} FROM (SELECT {named}) s"
        (found,) = connection.execute(query, values).fetchone()
    assert bool(found) == lacks_price(*values[2:12])


def test_a_chain_of_a_hundred_thousand_calls_is_one_call() -> None:
    """Neither depth nor order costs more than the number of spans."""
    chain = [
        (key, key - 1, 1, 1, None, "LLM", "OK", "other", None, None, None, None, None) for key in range(1, 100_001)
    ]
    assert calls_without_price(chain) == [100_000]
    assert calls_without_price(reversed(chain)) == [100_000]


@pytest.mark.parametrize(
    ("usd", "calls", "short", "long"),
    [
        (None, None, "", ""),
        (0.3, None, "$0.30", "$0.30"),
        (0.3, 0, "$0.30", "$0.30"),
        (0.3, 1, "≥$0.30", "≥ $0.30 (1 call without a price)"),
        (0.0042, 1200, "≥$0.0042", "≥ $0.0042 (1,200 calls without a price)"),
        (0.00001, 2, "$? (2)", "2 calls without a price"),
        (0.0, 2, "$? (2)", "2 calls without a price"),
        (0.00001, 0, "<$0.0001", "<$0.0001"),
        (None, 3, "$? (3)", "3 calls without a price"),
        (None, 999, "$? (999)", "999 calls without a price"),
        (None, 1000, "$?", "1,000 calls without a price"),
    ],
)
def test_a_cost_shows_the_calls_that_it_lacks(usd: float | None, calls: int | None, short: str, long: str) -> None:
    """In few cells, and in words."""
    assert (format.least_cost(usd, calls), format.cost_in_words(usd, calls)) == (short, long)
    assert len(short) <= format.COST_CELLS
