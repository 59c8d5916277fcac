"""Numbers, units, times, flags and other meanings that one condition has on one span."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.filter import FilterError, compile_query, parse
from tracetui.store.filter.values.literals import Quantity, quantity
from tracetui.store.filter.values.moments import moment

NOW_NS = 1_800_000_000_000_000_000
"""2027-01-15 08:00:00 UTC."""
DAY_NS = 86_400_000_000_000
MIDNIGHT_NS = NOW_NS - NOW_NS % DAY_NS


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is UTC."""
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500", Quantity(500)),
        ("-1", Quantity(-1)),
        ("1e3", Quantity(1_000)),
        (".5", Quantity(0.5)),
        ("2s", Quantity(2, "s")),
        ("5µs", Quantity(5, "µs")),
        ("1m30s", Quantity(90_000_000_000, "ns")),
        ("4k", Quantity(4, "k")),
        ("$0.05", Quantity(0.05, "$")),
        ("$2k", Quantity(2_000, "$")),
        ("40%", Quantity(40, "%")),
        ("99999999999999999999", Quantity(1e20)),
        ("", None),
        ("5x", None),
        ("five", None),
        ("٥", None),
        ("$5s", None),
        ("1_000", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_number_is_read_with_its_unit(text: str, expected: Quantity | None) -> None:
    """What looks like a number with a unit is one, and nothing else is."""
    assert quantity(text) == expected


@given(st.text())
def test_any_text_is_a_number_or_none(text: str) -> None:
    """Reading a value never fails."""
    quantity(text)  # must not raise
    moment(text, NOW_NS)


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(
    ("text", "start_ns", "width_ns"),
    [
        ("now", NOW_NS, 0),
        ("today", MIDNIGHT_NS, DAY_NS),
        ("yesterday", MIDNIGHT_NS - DAY_NS, DAY_NS),
        ("-15m", NOW_NS - 900_000_000_000, 0),
        ("-1h30m", NOW_NS - 5_400_000_000_000, 0),
        ("07:30", MIDNIGHT_NS + 27_000_000_000_000, 60_000_000_000),
        ("7:30:05", MIDNIGHT_NS + 27_005_000_000_000, 1_000_000_000),
        ("2027-01-15", MIDNIGHT_NS, DAY_NS),
        ("2027-01-15T08:00", NOW_NS, 60_000_000_000),
        ("2027-01-15 08:00:00", NOW_NS, 1_000_000_000),
        ("2027-01-15T08:00:00.250Z", NOW_NS + 250_000_000, 0),
        ("2027-01-15T09:00:00+01:00", NOW_NS, 1_000_000_000),
        ("1800000000", NOW_NS, 0),
        ("1800000000000", NOW_NS, 0),
        ("1800000000000000", NOW_NS, 0),
        ("1800000000000000000", NOW_NS, 0),
    ],
)
def test_time_is_read_in_every_way_people_write_it(text: str, start_ns: int, width_ns: int) -> None:
    """Clock, date, ISO, Unix and relative times."""
    read = moment(text, NOW_NS)
    assert read is not None
    assert (read.start_ns, read.end_ns - read.start_ns) == (start_ns, width_ns)


@pytest.mark.parametrize("text", ["soon", "25:00", "2027-13-01", "15m", "12:3", "-", "--5m", "1e400", "-99999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A time that does not exist is not guessed at."""
    assert moment(text, NOW_NS) is None


@pytest.mark.usefixtures("utc")
def test_day_equals_every_moment_within_it(trace_file: Any) -> None:
    """`start = today` means some time today."""
    trace_file.trace({"start_ns": MIDNIGHT_NS + 5})
    trace_file.trace({"start_ns": MIDNIGHT_NS - 5})
    assert trace_file.matches("start = today") == [1]
    assert trace_file.matches("start != today") == [2]
    assert trace_file.matches("start = 2027-01-14") == [2]
    assert trace_file.matches("start >= '2027-01-15 00:00' start < 00:01") == [1]


def test_open_span_of_a_gone_process_is_lost_and_not_running(trace_file: Any) -> None:
    """A span nobody will end is not running."""
    trace_file.process(2)
    trace_file.trace({"name": "alive", "duration_ms": None})
    trace_file.trace({"name": "dead", "duration_ms": None, "process": 2})
    trace_file.trace({"name": "ended", "process": 2})
    assert trace_file.matches("is:running") == [2, 1]
    trace_file.gone = frozenset({2})
    assert trace_file.matches("is:running") == [1]
    assert trace_file.matches("is:lost") == [2]
    assert trace_file.matches("is:done") == [3]
    assert trace_file.matches("status is null") == [2, 1]
    assert trace_file.matches("status != ok") == []


def test_raw_attribute_takes_a_unit_when_its_name_says_its_own(trace_file: Any) -> None:
    """`wait_seconds > 500ms` is understood, `wait > 500ms` cannot be."""
    trace_file.trace({"attributes": {"wait_seconds": 0.7, "db.latency_ms": 700, "wait": 700, "model_size": "5m"}})
    assert trace_file.matches("wait_seconds > 500ms") == [1]
    assert trace_file.matches("wait_seconds > 1s") == []
    assert trace_file.matches("db.latency_ms > 0.5s") == [1]
    assert trace_file.matches("model_size = 5m") == [1]
    with pytest.raises(FilterError, match="does not say its unit"):
        parse("wait > 500ms")


def test_share_of_the_trace_is_of_its_whole_duration(trace_file: Any) -> None:
    """`duration > 40%` names the spans that fill a trace."""
    trace_file.trace({"duration_ms": 1_000}, {"duration_ms": 450}, {"duration_ms": 350})
    assert trace_file.spans("duration > 40%", 1) == [1, 2]
    assert trace_file.spans("duration between 30% and 40%", 1) == [3]


def test_own_time_counts_overlapping_children_once(trace_file: Any) -> None:
    """Children that run side by side do not take more than the time they fill."""
    at = NOW_NS - DAY_NS
    trace_file.trace(
        {"duration_ms": 1_000, "start_ns": at},
        {"duration_ms": 600, "start_ns": at + 100_000_000},
        {"duration_ms": 600, "start_ns": at + 200_000_000},
        {"duration_ms": 5_000, "start_ns": at + 900_000_000},
    )
    assert trace_file.spans("self = 200ms", 1) == [1]


def test_generation_speed_is_counted_from_the_first_token(trace_file: Any) -> None:
    """Time per output token is (end - first token) / (tokens - 1)."""
    trace_file.trace({"duration_ms": 1_100, "ttft_ms": 100, "output_tokens": 11})
    assert trace_file.matches("tpot = 100ms") == [1]
    assert trace_file.matches("tps = 10") == [1]


@pytest.mark.parametrize(
    "text", ["is:leaf", "children = 0", "self >= 100ms", "depth >= 1", "not is:orphan", "parent.name = root"]
)
def test_tree_of_a_huge_trace_is_asked_about_in_one_pass(trace_file: Any, text: str) -> None:
    """A question about kin costs a few steps for each span, not a walk through the trace for each."""
    size = 4_000
    trace_file.connection.execute("BEGIN")
    trace_file.trace({"name": "root"}, *[{} for _ in range(size - 1)])
    trace_file.connection.execute("COMMIT")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    trace_file.connection.set_progress_handler(count, 1_000)
    found = trace_file.spans(text, 1)
    trace_file.connection.set_progress_handler(None, 0)
    assert len(found) >= size - 1
    assert steps * 1_000 < 200 * size


def test_orphan_and_leaf_and_parent_follow_the_tree(trace_file: Any) -> None:
    """Flags about the tree look at recorded parents only."""
    trace_file.trace({"name": "root"}, {"name": "child"}, {"name": "stray", "parent_id": 77})
    assert trace_file.spans("is:root", 1) == [1]
    assert trace_file.spans("is:leaf", 1) == [2, 3]
    assert trace_file.spans("is:orphan", 1) == [3]
    assert trace_file.spans("parent.name = root", 1) == [2]
    assert trace_file.spans("depth = 1", 1) == [2]


def test_process_and_tool_fields(trace_file: Any) -> None:
    """Where a span ran, and which tool it called."""
    trace_file.process(2, service="worker", host="Server")
    trace_file.trace({"kind": "TOOL", "name": "search", "process": 2})
    trace_file.trace({"kind": "TOOL", "name": "execute_tool x", "attributes": {"gen_ai.tool.name": "x"}})
    assert trace_file.matches("service = worker") == [1]
    assert trace_file.matches("resource.host.name = server") == [1]
    assert trace_file.matches("pid = 102 tool = search") == [1]
    assert trace_file.matches("tool = x") == [2]


def test_part_of_inputs_is_also_the_attribute_of_that_name(trace_file: Any) -> None:
    """OpenInference calls an attribute `input.value`; both are looked at."""
    trace_file.trace({"attributes": {"input.value": "hello"}})
    trace_file.trace({"inputs": {"value": "hello"}})
    assert trace_file.matches("input.value = hello") == [2, 1]
    assert trace_file.matches("attr.input.value = hello") == [1]


def test_text_is_not_looked_for_in_the_digits_of_other_words(trace_file: Any) -> None:
    """Numbers are found by their digits, yes/no attributes by none."""
    trace_file.trace({"attributes": {"n": 612, "flag": True}})
    assert trace_file.matches("61") == [1]
    assert trace_file.matches("1 -61") == []
    assert trace_file.matches("6e") == []


def test_set_of_spans_is_marked_in_the_trace(trace_file: Any) -> None:
    """In the view of a trace the spans of every set that is not denied stand out."""
    trace_file.trace({"name": "a"}, {"name": "b"}, {"name": "c"})
    assert trace_file.spans("{name = a} and {name = b}", 1) == [1, 2]
    assert trace_file.spans("{name = a} and not {name = b}", 1) == [1]
    assert trace_file.spans("not {name = x}", 1) == [1, 2, 3]
    assert trace_file.spans("not {name = a}", 1) == []
    assert trace_file.spans("{name = a} name = c", 1) == [1, 3]


def test_plan_of_an_unknown_name_asks_nothing(trace_file: Any) -> None:
    """A name no span has is known to match nothing without looking."""
    plan = compile_query(parse("nosuch > 5 and kind = LLM"), keys={}, now_ns=NOW_NS)
    assert plan.sources == ()
    assert not plan.matches_all
    assert compile_query(parse("not (nosuch > 5)"), keys={}, now_ns=NOW_NS).matches_all
