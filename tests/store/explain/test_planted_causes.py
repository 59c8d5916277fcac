"""A known cause is named first, and where there is none, none is named."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import pytest

from tests.store.explain.requests import Requests
from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.store.explain.explanation import Explanation, Question, explain
from tracetui.store.explain.findings import Finding, findings
from tracetui.store.explain.ledger import Line
from tracetui.store.explain.properties import Property
from tracetui.store.explain.trace_parts import Measure, Share
from tracetui.store.filter import parse
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find


def explained(path: Path, filter_text: str, measure: Measure = Measure.DURATION) -> Explanation:
    with Reader(path) as reader:
        question = Question(parse(filter_text), None, measure)
        *_, last = explain(reader, question, now_ns=time.time_ns(), gone=frozenset())
    assert last is not None
    assert last.is_done
    return last


def requests(path: Path, *causes: str, seed: int = 1, count: int = 300) -> Path:
    Requests(path, seed, frozenset(causes)).write(count)
    return path


def first_line(found: Explanation) -> Line:
    assert found.ledger is not None
    return found.ledger.lines[0]


def conditions(finding: Finding) -> set[str]:
    return {one.condition for one in finding.same}


def test_a_slow_model_is_named_first(tmp_path: Path) -> None:
    """By the ledger, whose tokens are slower, and by what the slow requests have in common."""
    found = explained(requests(tmp_path / "t.db", "model"), "trace.duration > 1.5s")
    line = first_line(found)
    assert (line.path, line.share) == (("POST /ask", "chat"), Share.DECODE)
    assert line.slower_tokens > 0.9 * line.difference
    assert found.findings
    assert 'model = "large"' in conditions(found.findings[0])


def test_a_tool_that_is_tried_again_is_named_first(tmp_path: Path) -> None:
    """As retries, with how many there were."""
    found = explained(requests(tmp_path / "t.db", "retry"), "trace.duration > 1.5s")
    line = first_line(found)
    assert (line.path, line.share) == (("POST /ask", "search"), Share.RETRIES)
    assert line.a.calls > 2 > line.b.calls
    assert found.findings
    assert 'name = "search" and is:error' in conditions(found.findings[0])


def test_a_tenant_with_long_prompts_is_named_first(tmp_path: Path) -> None:
    """By name, with the tokens that its requests have; the ledger says that the wait for the first token is longer."""
    found = explained(requests(tmp_path / "t.db", "tenant"), "trace.duration > 1.5s")
    line = first_line(found)
    assert (line.path, line.share) == (("POST /ask", "chat"), Share.WAIT)
    assert found.findings
    assert 'tag.tenant = "acme"' in conditions(found.findings[0])
    assert any("input_tokens >" in condition for one in found.findings[:3] for condition in conditions(one))


def test_two_causes_at_once_are_both_named(tmp_path: Path) -> None:
    """Each explains a part of the slow requests."""
    found = explained(requests(tmp_path / "t.db", "model", "retry"), "trace.duration > 1.5s")
    assert found.ledger is not None
    assert {line.share for line in found.ledger.lines[:2]} == {Share.DECODE, Share.RETRIES}
    assert found.findings is not None
    named = [conditions(one) for one in found.findings[:2]]
    assert any('model = "large"' in one for one in named)
    assert any('name = "search" and is:error' in one for one in named)


@pytest.mark.parametrize("seed", range(8))
def test_where_there_is_no_cause_none_is_named(tmp_path: Path, seed: int) -> None:
    """A random quarter of the requests has nothing in common."""
    found = explained(requests(tmp_path / "t.db", seed=seed, count=200), 'tag.lot = "3"')
    assert found.findings == ()


def test_false_discoveries_are_rare() -> None:
    """Of 200 files in which nothing depends on anything, fewer than 5 % name anything."""
    chance = random.Random(5)
    named = 0
    for _ in range(200):
        of_a, of_b = chance.randint(20, 200), chance.randint(20, 400)
        everything = range(of_a + of_b)
        properties = [
            (Property(f"field {n}", f"field {n} = x"), frozenset(one for one in everything if chance.random() < share))
            for n in range(30)
            for share in [chance.random()]
        ]
        named += bool(findings(properties, of_a, of_b))
    assert named < 10


def test_the_filters_select_what_was_counted(tmp_path: Path) -> None:
    """Each can be pasted as it is."""
    found = explained(requests(tmp_path / "t.db", "model", "tenant"), "trace.duration > 1.5s")
    assert found.findings
    with Reader(tmp_path / "t.db") as reader:
        for one, text in zip(found.findings, found.filters, strict=True):
            batches = find(reader, parse(text), now_ns=time.time_ns(), gone=frozenset())
            assert sum(map(len, batches)) == one.table.with_a, text
            assert all(found.trace_ids[number] for number in one.examples)


def test_failures_are_counted_by_where_they_began(tmp_path: Path) -> None:
    """Messages that differ by numbers are one; the ledger is left out."""
    requests(tmp_path / "t.db", "retry")
    with Reader(tmp_path / "t.db") as reader:
        *_, found = explain(reader, Question(parse("is:error")), now_ns=time.time_ns(), gone=frozenset())
    assert found is not None
    assert (found.measure, found.ledger) == (Measure.ERRORS, None)
    (failure,) = found.failures
    assert failure.kind == (("POST /ask", "search"), "TimeoutError", "no answer after # ms")
    assert failure.traces == found.failed[0] == len(found.sets.a.traces)


@pytest.mark.parametrize("measure", [Measure.COST, Measure.TOKENS, Measure.TTFT])
def test_other_measures_have_ledgers_too(tmp_path: Path, measure: Measure) -> None:
    """Of tokens and of the time to the first token."""
    found = explained(requests(tmp_path / "t.db", "tenant"), 'tag.tenant = "acme"', measure)
    assert found.ledger is not None
    assert found.findings is not None
    if measure is not Measure.COST:  # these models have no price
        assert first_line(found).path == ("POST /ask", "chat")
        assert found.ledger.difference > 1_000


@pytest.mark.parametrize(
    "value", ['a "quoted" \\ text', "line\nbreak", "it's `that`", "\x1b[2J", "東京", "x and y or (z)", "5", "true"]
)
def test_any_value_makes_a_filter_that_selects_it(file: TraceFile, value: str) -> None:
    """Whatever people and models put into tags, attributes and names."""
    for number in range(60):
        is_slow = number % 3 == 0
        tags = json.dumps({"te.nant x": value if is_slow else "other"})
        trace = file.trace("ask", tags=tags, end_ns=EPOCH_NS + (2_000 if is_slow else 1) * 1_000_000)
        root = trace.span("ask", end_ms=2_000 if is_slow else 1)
        trace.span(
            f"step {value}" if is_slow else "step", parent=root, end_ms=1, attributes={"a`b": value if is_slow else "o"}
        )
    found = explained(file.path, "trace.duration > 1s")
    assert found.findings
    (first,) = found.findings
    assert first.table == (20, 20, 0, 40)
    assert len(first.same) >= 3
    with Reader(file.path) as reader:
        for one in first.same:
            batches = list(find(reader, parse(one.condition), now_ns=time.time_ns(), gone=frozenset()))
            assert sum(map(len, batches)) == 20, one.condition


def test_open_traces_count_with_their_age_as_a_lower_bound(file: TraceFile) -> None:
    """And the explanation says so."""
    file.process(pid=os.getpid())
    for number in range(50):
        file.trace("ask", start_ms=number).span("ask", end_ms=None if number < 25 else 1)
    found = explained(file.path, "trace.duration > 1h")
    assert "25 of A are running or lost: their times so far are lower bounds" in found.warnings
    assert found.ledger is not None
    assert found.ledger.difference > 0
