"""Rules over windows of time, with fixed limits and multiples of a baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile, at_ms
from tracetui.store.filter import FilterError, parse
from tracetui.store.read.reader import Reader
from tracetui.store.stats.watching import (
    Baseline,
    Rule,
    State,
    Verdict,
    Window,
    baseline_of,
    evaluate,
    rule_of,
    without_times,
)

NOW_NS = at_ms(100_000)
ALWAYS = Window(None, None)


def rule(text: str) -> Rule:
    return rule_of(text, parse(without_times(text)))


def verdicts(path: Path, text: str, window: Window = ALWAYS, baseline: Baseline | None = None) -> list[Verdict]:
    with Reader(path) as reader:
        return evaluate(reader, rule(text), window, baseline, now_ns=NOW_NS, gone=frozenset())


def calls(file: TraceFile, start_ms: float, count: int, **columns: Any) -> None:
    """Model calls, one in each trace, a millisecond apart."""
    for number in range(count):
        trace = file.trace("ask", start_ms=start_ms + number)
        given: dict[str, Any] = {"model": "small", "ttft_ms": 100.0 + number} | columns
        trace.span("chat", kind="LLM", **given)


def test_a_rule_holds_or_does_not(file: TraceFile) -> None:
    """Over all spans that match."""
    calls(file, 0, 40)
    (one,) = verdicts(file.path, "kind = LLM | p95(ttft) > 120ms")
    assert (one.state, one.conditions[0].number, one.conditions[0].counted) == (State.HOLDS, 137.0, 40)
    (one,) = verdicts(file.path, "kind = LLM | p95(ttft) > 1s")
    assert one.state is State.FINE
    (one,) = verdicts(file.path, "kind = LLM | p95(ttft) > 120ms | count() > 100")
    assert one.state is State.FINE


def test_a_rule_is_checked_by_group(file: TraceFile) -> None:
    """Each has its own state."""
    calls(file, 0, 30)
    calls(file, 100, 30, model="large", ttft_ms=900.0)
    found = {one.group["model"]: one.state for one in verdicts(file.path, "kind = LLM | by(model) | p50(ttft) > 500ms")}
    assert found == {"small": State.FINE, "large": State.HOLDS}


def test_of_too_few_values_a_rule_says_so(file: TraceFile) -> None:
    """A p95 of three calls is the slowest of them."""
    calls(file, 0, 3)
    (one,) = verdicts(file.path, "kind = LLM | p95(ttft) > 1ms")
    assert one.state is State.TOO_FEW


def test_only_the_traces_of_the_window_count(file: TraceFile) -> None:
    """By when the trace began."""
    calls(file, 0, 30)
    calls(file, 50_000, 30, ttft_ms=900.0)
    since = Window(at_ms(40_000), None)
    (one,) = verdicts(file.path, "kind = LLM | p50(ttft) > 500ms", since)
    assert (one.state, one.conditions[0].counted) == (State.HOLDS, 30)
    (one,) = verdicts(file.path, "kind = LLM | p50(ttft) > 500ms", Window(None, at_ms(40_000)))
    assert (one.state, one.conditions[0].counted) == (State.FINE, 30)


def test_a_limit_may_be_a_multiple_of_what_was_before(file: TraceFile) -> None:
    """Counts are scaled to the length of the window; without a baseline the rule does not say."""
    calls(file, 0, 30)
    calls(file, 50_000, 30, ttft_ms=900.0)
    text = "kind = LLM | p50(ttft) > 2x | count() > 1.5x"
    before = baseline_of(verdicts(file.path, text, Window(None, at_ms(40_000))), 0.5)
    (one,) = verdicts(file.path, text, Window(at_ms(40_000), None), before)
    assert one.state is State.HOLDS
    assert [(condition.times, condition.limit) for condition in one.conditions] == [(2, 2 * 114.0), (1.5, 1.5 * 15)]
    (one,) = verdicts(file.path, text, Window(at_ms(40_000), None))
    assert one.state is State.NO_BASELINE


def test_nothing_that_matches_is_a_count_of_zero(file: TraceFile) -> None:
    """If there are traces that could have matched; in an empty window nothing is known."""
    calls(file, 0, 5)
    (one,) = verdicts(file.path, "is:error | count() > 0")
    assert (one.state, one.conditions[0].number) == (State.FINE, 0)
    assert verdicts(file.path, "is:error | count() > 0", Window(at_ms(90_000), None)) == []


def test_a_rule_without_an_aggregate_is_refused() -> None:
    """With an example of one."""
    with pytest.raises(FilterError) as raised:
        rule("kind = LLM")
    assert "| p95(ttft) > 800ms" in raised.value.expected
