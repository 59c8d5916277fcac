"""What the tree shows: the critical path, spans above a limit, a part of the time; and where the cursor goes."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.support.forests import BLANK_TRACE, any_spans, span
from tracetui.store.model.forest import build
from tracetui.store.model.rows import ERROR, SpanRow
from tracetui.tui.layout.time_axis import Axis
from tracetui.tui.state.open_trace import OpenTrace
from tracetui.tui.state.span_path import find, path_to
from tracetui.tui.state.time_zoom import TimeZoom
from tracetui.tui.state.tree_view import small_limit


def opened(*rows: SpanRow, before: OpenTrace | None = None) -> OpenTrace:
    """An open trace whose root is the first span."""
    trace = OpenTrace(BLANK_TRACE._replace(id=rows[0].id, root=rows[0].id), build(rows), before)
    trace.measure_times(1_000, frozenset(), {})
    return trace


def ids(trace: OpenTrace) -> list[int]:
    """The ids of the spans that are shown."""
    return [trace.forest.spans[index].id for index in trace.folding.shown]


PARALLEL = (
    span(1, None, 0, 100),
    span(2, 1, 0, 30, name="guardrail"),
    span(3, 1, 0, 90, name="answer"),
    span(4, 3, 5, 6, name="parse")._replace(status=ERROR),
    span(5, 3, 6, 89, name="model"),
)


def test_only_the_critical_path_is_shown_on_demand() -> None:
    """Of two parallel calls, the one that the trace waited for."""
    trace = opened(*PARALLEL)
    trace.index = 1
    trace.show_only_path(True)
    assert ids(trace) == [1, 3, 4, 5]
    assert trace.span is not None
    assert trace.span.id == 1
    assert trace.view.in_words(trace.folding.left_out) == "critical path · 1 hidden"
    trace.show_only_path(False)
    assert ids(trace) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("limit", "shown"), [("40ns", [1, 3, 4, 5]), ("85%", [1, 3, 4]), ("1%", [1, 2, 3, 4, 5])])
def test_small_spans_are_hidden_but_those_that_failed(limit: str, shown: list[int]) -> None:
    """A short call that failed may be what one looks for."""
    trace = opened(*PARALLEL)
    trace.hide_small(small_limit(limit))
    assert ids(trace) == shown


def test_what_is_hidden_stays_hidden_in_the_next_trace() -> None:
    """It is a view, not a state of one trace; and going to a hidden span shows all."""
    trace = opened(*PARALLEL)
    trace.hide_small(small_limit("85%"))
    following = opened(span(11, None, 0, 100), span(12, 11, 0, 10), before=trace)
    assert ids(following) == [11]
    following.go_to(120)
    assert ids(following) == [11, 12]


@pytest.mark.parametrize("text", ["", "0", "-1ms", "100%", "2 apples", "%"])
def test_other_texts_are_no_limit(text: str) -> None:
    """The prompt says what it understands."""
    assert small_limit(text) is None


def test_limits_have_units_and_a_plain_number_is_milliseconds() -> None:
    """As in filters."""
    limits = [small_limit(text) for text in ("10", "1.5 s", "2%")]
    assert [(limit.text, limit.ns, limit.share) for limit in limits if limit] == [
        ("10ms", 10e6, 0),
        ("1.5s", 1.5e9, 0),
        ("2%", 0, 0.02),
    ]


def test_a_large_trace_that_runs_is_not_measured_on_the_screens_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed has measured it when it was read; a small one is measured until now."""
    running = [row._replace(end_ns=None) if row.id == 1 else row for row in PARALLEL]
    trace = opened(*running)
    assert trace.timing.self_ns[0] == 910
    monkeypatch.setattr("tracetui.tui.state.open_trace.MOST_MEASURED_AGAIN", 4)
    trace.measure_times(2_000, frozenset(), {})
    assert trace.timing.self_ns[0] == 910


def test_levels_are_folded_one_by_one() -> None:
    """`d` and `D`."""
    trace = opened(*PARALLEL)
    trace.index = 4
    assert trace.fold_by_depth(-1) == 2
    assert ids(trace) == [1, 2, 3]
    assert trace.index == 2
    assert trace.fold_by_depth(-1) == trace.fold_by_depth(-1) == 1
    assert [trace.fold_by_depth(1) for _ in range(3)] == [2, 3, 3]
    assert ids(trace) == [1, 2, 3, 4, 5]


def test_a_kind_is_folded_as_a_whole_and_unfolded_again() -> None:
    """On a leaf: the kind of the span around it."""
    rows = [row._replace(kind="AGENT" if row.id == 3 else "CHAIN" if row.id == 1 else "TOOL") for row in PARALLEL]
    trace = opened(*rows)
    trace.index = 4
    assert trace.fold_kind() == "AGENT"
    assert ids(trace) == [1, 2, 3]
    assert trace.fold_kind() == "AGENT"
    assert ids(trace) == [1, 2, 3, 4, 5]
    assert opened(span(1)).fold_kind() == ""


def test_a_path_finds_the_same_step_in_another_trace() -> None:
    """By names, and by number among siblings of one name; or the nearest step that there is."""
    first = build(
        [span(1, name="chat"), span(2, 1, 1, name="call"), span(3, 1, 2, name="call"), span(4, 3, 3, name="x")]
    )
    path = path_to(first, 3)
    assert path == (("chat", 0), ("call", 1), ("x", 0))
    same = build(
        [span(1, name="chat"), span(2, 1, 1, name="call"), span(3, 1, 2, name="call"), span(4, 3, 3, name="x")]
    )
    fewer = build([span(1, name="chat"), span(2, 1, 1, name="call"), span(3, 1, 2, name="wait")])
    assert (find(same, path), find(fewer, path), find(build([span(1, name="job")]), path)) == (3, 1, None)


@given(any_spans())
def test_every_span_is_found_by_its_own_path(rows: list[SpanRow]) -> None:
    """In the same forest."""
    forest = build(rows)
    for index in range(forest.total):
        assert find(forest, path_to(forest, index)) == index


def test_the_axis_zooms_to_a_span_and_back() -> None:
    """A small span first fills the view; again, half of the view is shown."""
    zoom, whole = TimeZoom(), Axis(0, 1_000)
    assert zoom.zoom_in(whole, 200, 400)
    assert zoom.axis(whole) == Axis(190, 220)
    assert zoom.zoom_in(whole, 200, 400)
    assert zoom.axis(whole) == Axis(245, 110)
    assert not zoom.follow(240, 250)
    assert zoom.follow(600, 700)
    assert zoom.axis(whole).start_ns == 595
    assert zoom.zoom_out()
    assert zoom.zoom_out()
    assert not zoom.zoom_out()
    assert zoom.axis(whole) == whole


def test_plumbing_is_hidden_until_it_is_asked_for() -> None:
    """Spans of the machinery below a program; those that failed, and those above other spans, are shown."""
    rows = (
        span(1, None, 0, 100),
        span(2, 1, 0, 30)._replace(kind="PLUMBING"),
        span(3, 2, 0, 20)._replace(kind="PLUMBING"),
        span(4, 1, 40, 50)._replace(kind="PLUMBING", status=ERROR),
        span(5, 1, 60, 90)._replace(kind="PLUMBING"),
        span(6, 5, 61, 62),
    )
    trace = opened(*rows)
    assert ids(trace) == [1, 4, 5, 6]
    assert trace.view.in_words(trace.folding.left_out) == "2 hidden"
    trace.hide_small(None)
    assert ids(trace) == [1, 2, 3, 4, 5, 6]
    trace.hide_small(small_limit("15ns"))
    assert ids(trace) == [1, 4]
