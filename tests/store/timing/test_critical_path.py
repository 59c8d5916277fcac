"""The critical path says of each moment of a trace which span it waited for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.counted_work import lines_run
from tests.support.forests import any_spans, span
from tracetui.store.model.forest import NO_PARENT, Forest, build
from tracetui.store.model.rows import SpanRow
from tracetui.store.timing.critical_path import critical_path
from tracetui.store.timing.self_time import gaps, self_times
from tracetui.store.timing.times import Times, known_times

NOW_NS = 40


def times_of(forest: Forest) -> Times:
    """Open spans run until now."""
    return known_times(forest, lambda row: NOW_NS)


def path_of(*rows: SpanRow) -> list[tuple[int, int, int]]:
    """The stretches of the critical path of the first span, with the ids of the spans."""
    forest = build(rows)
    stretches = critical_path(forest, times_of(forest), forest.index_of_row[rows[0].id]).stretches
    return [(forest.spans[index].id, start_ns, end_ns) for index, start_ns, end_ns in stretches]


def test_a_span_waits_for_the_child_that_finished_last_and_then_for_the_one_before_it() -> None:
    """The example of Jaeger: two calls one after the other, and the span's own time around them."""
    assert path_of(span(1, None, 0, 20), span(2, 1, 2, 8), span(3, 1, 12, 18)) == [
        (1, 0, 2),
        (2, 2, 8),
        (1, 8, 12),
        (3, 12, 18),
        (1, 18, 20),
    ]


def test_of_parallel_children_only_the_one_that_finished_last_is_on_the_path() -> None:
    """Making the other faster would not make the trace faster."""
    assert path_of(span(1, None, 0, 10), span(2, 1, 0, 6), span(3, 1, 0, 10)) == [(3, 0, 10)]


def test_a_check_beside_two_steps_is_not_blamed_for_them() -> None:
    """A guardrail runs while documents are retrieved and until the answer has begun, which waited for them alone."""
    steps = path_of(span(1, None, 0, 50), span(2, 1, 0, 20, name="guardrail"), span(3, 1, 0, 10), span(4, 1, 10, 50))
    assert steps == [(3, 0, 10), (4, 10, 50)]


def test_a_stream_that_is_parsed_while_it_comes_is_on_the_path_until_the_parser_begins() -> None:
    """Not the chain around both: the model ran, and the chain only waited."""
    assert path_of(span(1, None, 0, 100), span(2, 1, 1, 90), span(3, 1, 30, 99)) == [
        (1, 0, 1),
        (2, 1, 30),
        (3, 30, 99),
        (1, 99, 100),
    ]


def test_a_child_that_outlives_its_parent_counts_to_the_end_of_the_parent() -> None:
    """An asynchronous call, or a stream that the caller reads later."""
    assert path_of(span(1, None, 0, 10), span(2, 1, 4, 25), span(3, 2, 5, 30)) == [(1, 0, 4), (2, 4, 5), (3, 5, 10)]


def test_a_child_that_began_before_its_parent_counts_from_the_start_of_the_parent() -> None:
    """The clocks of two machines differ."""
    assert path_of(span(1, None, 10, 20), span(2, 1, 5, 15)) == [(2, 10, 15), (1, 15, 20)]


def test_an_open_span_runs_until_now() -> None:
    """The path of a trace that still runs is of the time until now."""
    assert path_of(span(1, None, 0, None), span(2, 1, 5, None)) == [(1, 0, 5), (2, 5, NOW_NS)]


def test_a_forest_without_spans_has_an_empty_path() -> None:
    """A trace whose spans have not come yet."""
    assert critical_path(build([]), Times([], [])).stretches == []


@given(any_spans(), st.data())
def test_stretches_cover_the_root_without_gap_or_overlap(rows: list[SpanRow], data: st.DataObject) -> None:
    """So the shares of the spans add up exactly to the duration, whatever the spans claim of their times."""
    forest = build(rows)
    if not forest.total:
        return
    times = times_of(forest)
    root = data.draw(st.integers(0, forest.total - 1))
    path = critical_path(forest, times, root)
    at_ns = times.starts_ns[root]
    for index, start_ns, end_ns in path.stretches:
        assert root <= index < forest.subtree_end[root]
        assert start_ns == at_ns < end_ns
        assert times.starts_ns[index] <= start_ns
        assert end_ns <= times.ends_ns[index]
        at_ns = end_ns
    assert at_ns == times.ends_ns[root]
    assert sum(path.exclusive_ns) == times.ends_ns[root] - times.starts_ns[root]


@given(any_spans())
def test_a_span_has_no_time_on_the_path_while_a_child_runs(rows: list[SpanRow]) -> None:
    """Its exclusive share is within its self time, and lies in its gaps."""
    forest = build(rows)
    times = times_of(forest)
    path = critical_path(forest, times)
    own = self_times(forest, times)
    for index, start_ns, end_ns in path.stretches:
        assert any(first_ns <= start_ns and end_ns <= last_ns for first_ns, last_ns in gaps(forest, times, index))
    assert all(share <= most for share, most in zip(path.exclusive_ns, own, strict=True))


@given(any_spans())
def test_what_is_on_the_path_is_below_what_is_on_the_path(rows: list[SpanRow]) -> None:
    """The inclusive time of a span is its own and that of its children, and on the path no span is cut off."""
    forest = build(rows)
    path = critical_path(forest, times_of(forest))
    below = list(path.exclusive_ns)
    for index in reversed(range(1, forest.total)):
        if path.inclusive_ns[index]:
            assert forest.parent_index[index] != NO_PARENT
            below[forest.parent_index[index]] += below[index]
    assert below == path.inclusive_ns


@st.composite
def spans_one_after_the_other(draw: st.DrawFn) -> list[SpanRow]:
    """Proper trees whose siblings never overlap."""
    rows = [span(1, None, 0, 1_000)]
    reached = {1: 0}
    for id in range(2, draw(st.integers(2, 25))):
        parent = rows[draw(st.integers(0, len(rows) - 1))]
        start_ns = draw(st.integers(reached[parent.id], parent.end_ns or 0))
        end_ns = draw(st.integers(start_ns, parent.end_ns or 0))
        reached[parent.id] = end_ns
        reached[id] = start_ns
        rows.append(span(id, parent.id, start_ns, end_ns))
    return rows


@given(spans_one_after_the_other())
def test_where_no_siblings_overlap_every_moment_belongs_to_the_deepest_span(rows: list[SpanRow]) -> None:
    """As in Jaeger and in CRISP: then all self time is on the path."""
    forest = build(rows)
    times = times_of(forest)
    assert critical_path(forest, times).exclusive_ns == self_times(forest, times)


@pytest.mark.parametrize("shape", ["one below the other", "one after the other", "polls beside a stream"])
def test_the_path_is_found_in_steps_in_proportion_to_the_spans(shape: str) -> None:
    """Four times the spans, four times the work."""

    def forest(count: int) -> Forest:
        if shape == "one below the other":
            return build([span(id, id - 1 or None, id, 10_000_000 - id) for id in range(1, count + 1)])
        if shape == "one after the other":
            return build([span(1, None, 0, 9 * count), *(span(id, 1, 9 * id, 9 * id + 8) for id in range(2, count))])
        rows = [span(1, None, 0, 200 * count), span(2, 1, 0, 200 * count - 5)]
        for id in range(3, count, 2):
            rows += span(id, 1, 200 * id + 50, 200 * id + 110), span(id + 1, 2, 200 * id + 3, 200 * id + 170)
        return build(rows)

    few, many = forest(500), forest(2_000)
    few_times, many_times = times_of(few), times_of(many)
    assert lines_run(lambda: critical_path(many, many_times)) < 4.5 * lines_run(lambda: critical_path(few, few_times))
