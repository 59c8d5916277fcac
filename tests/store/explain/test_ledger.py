"""The ledger adds up exactly, whatever the traces are."""

from __future__ import annotations

from math import fsum, isclose
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.store.explain.ledger import Ledger, Totals, ledger
from tracetui.store.explain.paths import Paths
from tracetui.store.explain.quick_parts import quick_duration_parts
from tracetui.store.explain.trace_parts import Measure, Part, Share, failures_began, parts_of
from tracetui.store.model.forest import NO_PARENT, Forest, build
from tracetui.store.model.rows import ERROR, OK, SpanRow
from tracetui.store.model.usage import totals
from tracetui.store.timing.times import Times, known_times

_BLANK = SpanRow(*[None] * len(SpanRow._fields))  # type: ignore[arg-type]
NOW_NS = 80
MS = 1_000_000


def span(id: int, parent: int | None = None, start_ns: int = 0, end_ns: int | None = 0, **columns: Any) -> SpanRow:
    row = _BLANK._replace(id=id, span_id=id, parent_id=parent, kind="CHAIN", name=f"span {id}", status=OK)
    return row._replace(start_ns=start_ns, end_ns=end_ns, **columns)


@st.composite
def any_trace(draw: st.DrawFn) -> list[SpanRow]:
    """Spans with any parents and times: cycles, orphans, children that outlive their parents, open spans."""
    count = draw(st.integers(1, 6))
    return [
        span(
            id,
            draw(st.none() | st.integers(1, count + 1)),
            draw(st.integers(0, 40)),
            draw(st.none() | st.integers(0, 90)),
            name=draw(st.sampled_from(["chat", "search", "ask_user", "step 1", "step 2"])),
            kind=draw(st.sampled_from(["LLM", "TOOL"])),
            status=draw(st.sampled_from([OK, ERROR])),
            ttft_ms=draw(st.none() | st.integers(0, 60).map(lambda ns: ns / MS)),
            input_tokens=draw(st.none() | st.integers(0, 9)),
            output_tokens=draw(st.none() | st.integers(0, 9)),
            cost_usd=draw(st.none() | st.integers(0, 9).map(float)),
        )
        for id in range(1, count + 1)
    ]


def timed(rows: list[SpanRow]) -> tuple[Forest, Times]:
    forest = build(rows)
    return forest, known_times(forest, lambda _: NOW_NS)


def total(rows: list[SpanRow], measure: Measure) -> float:
    """What the parts of a trace must add up to, by definition."""
    forest, times = timed(rows)
    parents = (None if parent == NO_PARENT else parent for parent in forest.parent_index)  # without cycles
    usage = totals(
        (place, parent, row.input_tokens, row.output_tokens, row.cost_usd)
        for place, (row, parent) in enumerate(zip(forest.spans, parents, strict=True))
    )
    match measure:
        case Measure.DURATION:
            return times.ends_ns[0] - times.starts_ns[0]
        case Measure.TTFT:
            return max((round(row.ttft_ms * MS) for row in rows if row.ttft_ms is not None), default=0)
        case Measure.COST:
            return usage.cost_usd or 0
        case Measure.TOKENS:
            return (usage.input_tokens or 0) + (usage.output_tokens or 0)
        case Measure.ERRORS:
            return len(failures_began(forest))


def ledger_of(first: list[list[SpanRow]], second: list[list[SpanRow]], measure: Measure) -> Ledger:
    paths = Paths()
    sides = Totals(), Totals()
    for side, traces in zip(sides, (first, second), strict=True):
        for rows in traces:
            side.add(parts_of(measure, *timed(rows), 0, paths))
    return ledger(*sides, paths)


_SETS = st.lists(any_trace(), min_size=1, max_size=2)


@settings(max_examples=60)
@given(any_trace(), st.sampled_from(Measure))
def test_the_parts_of_a_trace_are_the_whole_trace(rows: list[SpanRow], measure: Measure) -> None:
    """No nanosecond, token or cent is lost, and none counts twice."""
    forest, times = timed(rows)
    parts = parts_of(measure, forest, times, 0, Paths())
    assert sum(part.amount for part in parts) == total(rows, measure)
    assert all(part.amount >= 0 for part in parts)


@settings(max_examples=60)
@given(_SETS, _SETS, st.sampled_from(Measure))
def test_the_lines_add_up_to_the_difference_of_the_means(
    first: list[list[SpanRow]], second: list[list[SpanRow]], measure: Measure
) -> None:
    """And so do the parts of each line."""
    found = ledger_of(first, second, measure)
    means = [fsum(total(rows, measure) for rows in traces) / len(traces) for traces in (first, second)]
    assert isclose(found.difference, means[0] - means[1], abs_tol=1e-6)
    assert isclose(fsum(line.difference for line in found.lines), found.difference, abs_tol=1e-6)
    for line in found.lines:
        parts = line.more_calls, line.more_a_call, line.more_tokens, line.slower_tokens
        assert isclose(fsum(parts), line.difference, abs_tol=1e-6)


@settings(max_examples=60)
@given(_SETS, _SETS)
def test_the_ledger_the_other_way_round_has_the_other_signs(
    first: list[list[SpanRow]], second: list[list[SpanRow]]
) -> None:
    """Neither set is treated otherwise than the other."""
    there, back = ledger_of(first, second, Measure.DURATION), ledger_of(second, first, Measure.DURATION)
    differences = {(line.path, line.share): (line.difference, line.more_calls) for line in there.lines}
    for line in back.lines:
        one = differences[line.path, line.share]
        assert isclose(one[0], -line.difference, abs_tol=1e-6)
        assert isclose(one[1], -line.more_calls, abs_tol=1e-6)


@settings(max_examples=60)
@given(any_trace())
def test_a_failure_begins_where_nothing_below_it_failed(rows: list[SpanRow]) -> None:
    """By definition; an error that passed through its callers counts once."""
    forest, _ = timed(rows)
    assert failures_began(forest) == [
        place
        for place, one in enumerate(forest.spans)
        if one.status == ERROR
        and not any(forest.spans[below].status == ERROR for below in range(place + 1, forest.subtree_end[place]))
    ]


def test_a_slower_call_and_one_more_call_are_told_apart() -> None:
    """Three searches of 20 ns, not one of 10: two more, and each takes longer."""
    many = [
        span(1, None, 0, 100, name="ask"),
        *(span(2 + n, 1, 10 + 30 * n, 30 + 30 * n, name="search") for n in range(3)),
    ]
    few = [span(1, None, 0, 50, name="ask"), span(2, 1, 10, 20, name="search")]
    found = ledger_of([many], [few], Measure.DURATION)
    assert found.difference == 50
    assert [(line.path, line.share, line.difference) for line in found.lines] == [
        (("ask", "search"), Share.WHOLE, 50),
        (("ask",), Share.OWN, 0),
    ]
    line = found.lines[0]
    assert (line.a.calls, line.b.calls, line.a.per_call, line.b.per_call) == (3, 1, 20, 10)
    assert (line.more_calls, line.more_a_call) == (2 * 15, 10 * 2)


def test_a_model_call_is_a_wait_and_tokens() -> None:
    """Of a longer answer, more tokens and slower tokens are told apart."""

    def answer(ttft_ns: int, tokens: int, end_ns: int) -> list[SpanRow]:
        return [span(1, None, 0, end_ns, name="chat", kind="LLM", ttft_ms=ttft_ns / MS, output_tokens=tokens)]

    found = ledger_of([answer(100, 30, 400)], [answer(60, 10, 80)], Measure.DURATION)
    decode, wait = found.lines
    assert (decode.share, decode.difference) == (Share.DECODE, 280)
    assert (decode.more_tokens, decode.slower_tokens) == (20 * 6, 8 * 20)
    assert (wait.share, wait.difference) == (Share.WAIT, 40)


def test_retries_and_waits_for_people_have_lines_of_their_own() -> None:
    """With all that happened inside them."""
    rows = [
        span(1, None, 0, 100, name="agent"),
        span(2, 1, 0, 30, name="search", kind="TOOL", status=ERROR),
        span(3, 2, 5, 25, name="http"),
        span(4, 1, 30, 40, name="search", kind="TOOL"),
        span(5, 1, 40, 90, name="ask_user"),
    ]
    quick = [span(1, None, 0, 10, name="agent")]
    found = {(line.path, line.share): line for line in ledger_of([rows], [quick], Measure.DURATION).lines}
    assert found[("agent", "search"), Share.RETRIES].difference == 30
    assert found[("agent", "search"), Share.RETRIES].a.calls == 1
    assert found[("agent", "search"), Share.WHOLE].difference == 10
    assert found[("agent", "ask_user"), Share.PERSON].difference == 50


def test_repetitions_and_recursion_are_one_path() -> None:
    """An agent that calls itself through a tool does not have a line for each depth."""
    rows = [
        span(1, None, 0, 100, name="agent"),
        span(2, 1, 10, 90, name="delegate 1"),
        span(3, 2, 20, 80, name="agent"),
        span(4, 3, 30, 70, name="delegate 2"),
    ]
    lines = ledger_of([rows], [], Measure.DURATION).lines
    assert {line.path for line in lines} == {("agent",), ("agent", "delegate #")}


@st.composite
def simple_trace(draw: st.DrawFn) -> list[SpanRow]:
    """Mostly traces of children that run one after the other inside their parents."""
    rows: list[SpanRow] = []
    free: list[tuple[int | None, int, int]] = [(None, 0, draw(st.integers(0, 100)))]
    while free and len(rows) < 6:
        parent, start_ns, end_ns = free.pop(draw(st.integers(0, len(free) - 1)))
        begin_ns = draw(st.integers(start_ns, end_ns))
        stop_ns = draw(st.integers(begin_ns, end_ns)) if draw(st.integers(0, 9)) else draw(st.none() | st.just(120))
        id = len(rows) + 1
        one = draw(any_trace())[0]
        status = draw(st.sampled_from([OK, OK, OK, OK, ERROR]))
        one = one._replace(id=id, span_id=id, parent_id=parent, start_ns=begin_ns, end_ns=stop_ns, status=status)
        rows.append(one)
        if stop_ns is not None:
            free.append((id, begin_ns, stop_ns))
            if parent is not None and stop_ns <= end_ns:
                free.append((parent, stop_ns, end_ns))
    return rows


@settings(max_examples=60)
@given(simple_trace() | any_trace())
def test_the_quick_way_gives_the_same_parts(rows: list[SpanRow]) -> None:
    """Where it gives any."""
    paths = Paths()
    columns = [
        (
            *(row.start_ns, row.span_id, row.parent_id, row.end_ns, row.name, row.kind, row.status),
            *(row.model, row.response_model, row.ttft_ms, row.output_tokens),
        )
        for row in rows
    ]
    quick = quick_duration_parts(columns, paths)
    slow = parts_of(Measure.DURATION, *timed(rows), 0, paths)
    assert quick is None or sorted(quick, key=str) == sorted(slow, key=str)


def test_a_plain_trace_is_parted_quickly() -> None:
    """The quick way is taken where it can be."""
    rows = [(0, 1, None, 9, "ask", "CHAIN", OK, None, None, None, None), (2, 2, 1, 5, "x", "TOOL", OK, *[None] * 4)]
    assert quick_duration_parts(rows, Paths()) == [Part(1, Share.OWN, 6, 1), Part(2, Share.WHOLE, 3, 1)]
