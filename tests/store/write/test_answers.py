"""Answers that one span asks for and another one reads: each counts once, by its id, wherever the two are."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.records import PROCESS, ask, make_span, make_trace
from tracetui.store.file import schema
from tracetui.store.filter import parse
from tracetui.store.filter.sql.group_plan import group_plan
from tracetui.store.model.rows import ERROR, SpanRecord
from tracetui.store.prices.pricing import Prices
from tracetui.store.read.groups import GroupAggregation
from tracetui.store.write.rederive import rederive
from tracetui.store.write.writer import Writer

PRICES = '{"models": {"m": {"input": 1000000, "output": 2000000}}, "replace": true}'
MODEL, USAGE = "gen_ai.request.model", {"llm.usage": {"input_tokens": 10, "output_tokens": 5}}
ID, IS_ELSEWHERE = "tracetui.answer.id", "tracetui.answer.is_elsewhere"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with closing(Writer(tmp_path / "t.db", PROCESS, Prices(PRICES))) as writer:
        yield writer


def asked(trace: Any, key: int, answer_id: str = "a", **more: Any) -> SpanRecord:
    """A call that did not wait for its answer."""
    return make_span(trace, key, attribute_values={MODEL: "m", ID: answer_id}, **{"kind": "LLM", **more})


def read(trace: Any, key: int, answer_id: str = "a", model: str = "m", **more: Any) -> SpanRecord:
    """A reading of an answer that is done."""
    return make_span(trace, key, attribute_values={MODEL: model, ID: answer_id, **USAGE}, **more)


def polled(trace: Any, key: int, **more: Any) -> SpanRecord:
    """A reading of an answer that is not done, or has been counted."""
    return make_span(trace, key, kind="LLM", attribute_values={MODEL: "m", IS_ELSEWHERE: True, **USAGE}, **more)


def said(writer: Writer) -> list[tuple[Any, ...]]:
    """Tokens, cost and calls without a price of the traces."""
    return ask(writer, "SELECT input_tokens, cost_usd, calls_without_price FROM traces ORDER BY trace_id")


def test_a_call_counts_with_the_reading_of_its_answer(writer: Writer) -> None:
    """Until then the trace has a call without a price; readings before and after are no calls."""
    trace = make_trace()
    writer.write([make_span(trace, 1), asked(trace, 2, parent=1), polled(trace, 3, parent=1)])
    assert said(writer) == [(None, None, 1)]
    writer.write([read(trace, 4, parent=1), polled(trace, 5, parent=1)])
    assert said(writer) == [(10, 20.0, 0)]


def test_the_reading_may_be_in_another_trace(writer: Writer) -> None:
    """The trace of the call gets a new rev, so readers see the change."""
    writer.write([asked(make_trace(1), 1)])
    (before,) = ask(writer, "SELECT rev FROM trace")[0]
    writer.write([read(make_trace(2), 2)])
    assert said(writer) == [(None, None, 0), (10, 20.0, 0)]
    revs = [rev for (rev,) in ask(writer, "SELECT rev FROM trace UNION ALL SELECT rev FROM span")]
    assert len(set(revs)) == len(revs)
    assert all(rev > before for rev in revs)
    assert max(revs) == ask(writer, "SELECT rev FROM sequence")[0][0]


def test_another_process_does_not_count_an_answer_again(writer: Writer) -> None:
    """Whichever of them was first."""
    writer.write([asked(make_trace(1), 1), read(make_trace(2), 2)])
    with closing(Writer(writer.path, PROCESS, Prices(PRICES))) as other:
        other.write([read(make_trace(3), 3)])
    assert said(writer) == [(None, None, 0), (10, 20.0, 0), (None, None, 0)]
    rederive(writer.path, Prices(PRICES))
    assert said(writer) == [(None, None, 0), (10, 20.0, 0), (None, None, 0)]


def test_an_answer_whose_model_has_no_price_is_one_call_without_one(writer: Writer) -> None:
    """The span that reads the answer has its tokens."""
    trace = make_trace()
    writer.write([make_span(trace, 1), asked(trace, 2, parent=1), read(trace, 3, parent=1, model="other")])
    assert said(writer) == [(10, None, 1)]


def test_a_call_whose_answer_failed_costs_nothing(writer: Writer) -> None:
    """As one that fails at once."""
    trace = make_trace()
    failed = make_span(trace, 3, parent=1, status_code=ERROR, attribute_values={MODEL: "m", ID: "a"})
    writer.write([make_span(trace, 1), asked(trace, 2, parent=1), failed])
    assert said(writer) == [(None, None, 0)]


def test_a_function_of_any_kind_that_gives_an_unfinished_answer_is_a_call(writer: Writer) -> None:
    """And the function around it is not another one."""
    trace = make_trace()
    writer.write([asked(trace, 1), asked(trace, 2, parent=1, kind="UNKNOWN")])
    assert said(writer) == [(None, None, 1)]


def test_groups_have_a_call_once_too(writer: Writer) -> None:
    """Where call and reading are of several traces."""
    writer.write([asked(make_trace(1), 1), read(make_trace(2), 2), asked(make_trace(3), 3, "b")])
    with closing(schema.open_for_reading(writer.path)) as connection:
        for text in ("| by(model)", "{} | by(model)", "kind != AGENT | by(model)"):
            grouping = GroupAggregation(connection, group_plan(parse(text), keys={}, now_ns=0))
            list(grouping.steps())
            (group,) = grouping.groups().groups
            assert (group.input_tokens, group.cost_usd, group.calls_without_price) == (10, 20.0, 1)


part = st.tuples(st.sampled_from(["ask", "read", "poll"]), st.sampled_from("ab"), st.integers(1, 3))
parts = st.lists(part, max_size=8)


@settings(max_examples=60, deadline=None)
@given(parts, st.randoms(use_true_random=False))
def test_every_answer_counts_once_in_any_order(told: list[tuple[str, str, int]], order: random.Random) -> None:
    """One cost, or a call without a price per requesting span until a span reads the answer; in batches of any size."""
    make: dict[str, Callable[..., SpanRecord]] = {
        "ask": asked,
        "read": read,
        "poll": lambda trace, key, _: polled(trace, key),
    }
    spans = [
        make[part](make_trace(trace, maybe_in_file=True), key, answer_id)
        for key, (part, answer_id, trace) in enumerate(told, start=1)
    ]
    order.shuffle(spans)
    with TemporaryDirectory() as folder, closing(Writer(Path(folder, "t.db"), PROCESS, Prices(PRICES))) as writer:
        while spans:
            size = order.randint(1, len(spans))
            writer.write(spans[:size])
            del spans[:size]
        were_read = {answer_id for part, answer_id, _ in told if part == "read"}
        waiting = [answer_id for part, answer_id, _ in told if part == "ask" and answer_id not in were_read]
        found = said(writer)
        assert sum(cost or 0 for _, cost, _ in found) == 20.0 * len(were_read)
        assert sum(tokens or 0 for tokens, _, _ in found) == 10 * len(were_read)
        assert sum(calls for *_, calls in found) == len(waiting)
        rederive(writer.path, Prices(PRICES))
        assert said(writer) == found
