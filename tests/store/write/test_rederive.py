"""Tokens and cost of traces in the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.model.rows import ERROR
from tracetui.store.prices.pricing import Prices
from tracetui.store.write.rederive import Progress, rederive
from tracetui.store.write.writer import Writer

PRICES = '{"models": {"m": {"input": 1000000, "output": 2000000, "cache_read": 100000}}, "replace": true}'


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "t.db", PROCESS, Prices(PRICES))) as writer:
        yield writer


def call(**more: Any) -> dict[str, Any]:
    return {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5, **more}


def test_cost_is_computed_where_the_price_is_known(writer: Writer) -> None:
    """With cached tokens at their own price; the trace adds it up."""
    cached = call(**{"gen_ai.usage.cache_read.input_tokens": 4})
    trace = make_trace()
    writer.write(
        [
            make_span(trace, 1),
            make_span(trace, 2, parent=1, kind="LLM", attribute_values=call()),
            make_span(trace, 3, parent=1, kind="LLM", attribute_values=cached),
        ]
    )
    assert ask(writer, "SELECT cost_usd FROM spans") == [(None,), (20.0,), (pytest.approx(6 + 0.4 + 10),)]
    assert ask(writer, "SELECT input_tokens, output_tokens, cost_usd FROM traces") == [(20, 10, pytest.approx(36.4))]


def test_given_cost_wins_over_a_computed_one(writer: Writer) -> None:
    """A given cost has priority over a computed cost, also if it is zero."""
    writer.write([make_span(make_trace(), 1, attribute_values=call(**{"llm.cost.total": 0}))])
    assert ask(writer, "SELECT cost_usd FROM spans") == [(0.0,)]


def test_no_known_price_leaves_the_trace_without_a_cost(writer: Writer) -> None:
    """Not with a cost of zero."""
    writer.write([make_span(make_trace(), 1, attribute_values=call(**{"gen_ai.request.model": "other"}))])
    assert ask(writer, "SELECT cost_usd FROM spans UNION ALL SELECT cost_usd FROM traces") == [(None,), (None,)]


def test_sum_of_an_agent_is_not_priced_as_one_call(writer: Writer) -> None:
    """Its tokens are of several calls, which have the cost; the tokens count once."""
    trace = make_trace()
    total = call(**{"gen_ai.usage.input_tokens": 20})
    writer.write(
        [make_span(trace, 1, kind="AGENT", attribute_values=total)]
        + [make_span(trace, key, parent=1, kind="LLM", attribute_values=call()) for key in (2, 3)]
    )
    assert ask(writer, "SELECT input_tokens, cost_usd FROM traces") == [(20, 40.0)]


def test_cost_follows_a_span_that_is_open(writer: Writer) -> None:
    """The usage of a stream arrives with its last chunk."""
    span = make_span(make_trace(), 1, end_ns=None, attribute_values={"gen_ai.request.model": "m"})
    writer.write([span])
    span.attribute_values, span.end_ns = call(), 40
    writer.write([span])
    assert ask(writer, "SELECT cost_usd FROM traces") == [(20.0,)]


def test_facts_of_the_process_are_metadata_of_the_traces_that_begin_in_it(tmp_path: Path) -> None:
    """Metadata of the trace has priority; facts of a called service do not become metadata of the trace."""
    path = tmp_path / "t.db"
    with (
        closing(Writer(path, PROCESS, facts={"version": "1.2", "environment": "prod"})) as caller,
        closing(Writer(path, PROCESS, facts={"version": "9", "git.commit": "abc"})) as callee,
    ):
        trace = make_trace()
        trace.metadata = {"environment": "test"}
        caller.write([make_span(trace, 1)])
        callee.write([make_span(make_trace(maybe_in_file=True), 2, parent=1, is_entry=True)])
        caller.write([make_span(make_trace(2), 1)])
    assert ask(
        caller, "SELECT metadata ->> 'version', metadata ->> 'environment', metadata ->> 'git.commit' FROM traces"
    ) == [
        ("1.2", "test", None),
        ("1.2", "prod", None),
    ]


def test_root_that_comes_later_brings_its_facts(tmp_path: Path) -> None:
    """Whichever process is first to write."""
    path = tmp_path / "t.db"
    with (
        closing(Writer(path, PROCESS, facts={"version": "9"})) as callee,
        closing(Writer(path, PROCESS, facts={"version": "1.2"})) as caller,
    ):
        callee.write([make_span(make_trace(maybe_in_file=True), 2, parent=1, is_entry=True)])
        caller.write([make_span(make_trace(), 1)])
    assert ask(caller, "SELECT metadata ->> 'version' FROM traces") == [("1.2",)]


def test_rederiving_fills_what_the_prices_of_today_know(writer: Writer) -> None:
    """Spans and the totals of their traces; readers see the changed rows; a second run changes nothing."""
    trace = make_trace()
    spans = [make_span(trace, 1, kind="CHAIN")]
    spans.append(make_span(trace, 2, parent=1, attribute_values=call(**{"gen_ai.request.model": "new"})))
    spans.append(make_span(trace, 3, parent=1, attribute_values=call(**{"llm.cost.total": 7, "session.id": "s"})))
    writer.write(spans)
    (before,) = ask(writer, "SELECT rev FROM sequence")
    prices = Prices(PRICES.replace('"m"', '"m|new"'))
    assert rederive(writer.path, prices) == Progress(3, changed_spans=1, changed_traces=1, last_span=3)
    assert ask(writer, "SELECT cost_usd FROM spans") == [(None,), (20.0,), (7.0,)]
    assert ask(writer, "SELECT cost_usd, model, session_id FROM traces") == [(27.0, "new", "s")]
    assert ask(writer, "SELECT rev FROM sequence")[0] > before
    assert rederive(writer.path, prices) == Progress(3, changed_spans=0, changed_traces=0, last_span=3)


def test_rederiving_again_goes_on_where_it_was_stopped(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed stays, what was not is done by the next run."""
    monkeypatch.setattr("tracetui.store.write.rederive.SPANS_AT_ONCE", 2)
    writer.write(
        [make_span(make_trace(n), 1, attribute_values=call(**{"gen_ai.request.model": "new"})) for n in range(1, 6)]
    )
    prices = Prices(PRICES.replace('"m"', '"new"'))

    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rederive(writer.path, prices, stop)
    assert ask(writer, "SELECT count(*) FROM spans WHERE cost_usd = 20") == [(2,)]
    assert rederive(writer.path, prices) == Progress(5, changed_spans=3, changed_traces=3, last_span=5)


@pytest.mark.parametrize("in_batches", [False, True])
def test_the_model_of_a_trace_is_the_last_that_answered(in_batches: bool, writer: Writer) -> None:
    """It wrote what the trace returns; a call that failed, or is still open, is not it."""
    trace = make_trace()
    calls = [
        make_span(trace, 2, parent=1, kind="LLM", attribute_values={"gen_ai.request.model": "rewrites the question"}),
        make_span(trace, 3, parent=1, kind="EMBEDDING", attribute_values={"gen_ai.request.model": "embeds it"}),
        make_span(trace, 4, parent=1, kind="LLM", attribute_values={"gen_ai.request.model": "answers"}),
        make_span(
            trace, 5, parent=1, kind="LLM", status_code=ERROR, attribute_values={"gen_ai.request.model": "fails"}
        ),
        make_span(trace, 6, parent=1, kind="LLM", end_ns=None, attribute_values={"gen_ai.request.model": "is asked"}),
    ]
    spans = [make_span(trace, 1, kind="AGENT", end_ns=None), *calls]
    for batch in [[span] for span in spans] if in_batches else [spans]:
        writer.write(batch)
    assert ask(writer, "SELECT model FROM traces") == [("answers",)]
    with closing(sqlite3.connect(writer.path)) as older:
        older.execute("UPDATE trace SET model = NULL")
        older.commit()
    rederive(writer.path, Prices(PRICES))
    assert ask(writer, "SELECT model FROM traces") == [("answers",)]
