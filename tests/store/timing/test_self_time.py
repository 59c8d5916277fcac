"""Self time is the time of a span in which none of its children runs."""

from __future__ import annotations

from hypothesis import given

from tests.support.forests import any_spans, span
from tracetui.store.model.forest import build
from tracetui.store.model.rows import SpanRow
from tracetui.store.timing.self_time import busy, gaps, self_times
from tracetui.store.timing.times import known_times

NOW_NS = 40


def test_children_that_overlap_count_once_and_none_counts_beyond_its_parent() -> None:
    """Two parallel calls, and one that goes on after the span has ended."""
    forest = build([span(1, None, 0, 20), span(2, 1, 2, 8), span(3, 1, 6, 10), span(4, 1, 15, 30)])
    times = known_times(forest, lambda row: NOW_NS)
    assert self_times(forest, times) == [7, 6, 4, 15]
    assert busy(forest, times, 0) == [(2, 10), (15, 20)]
    assert gaps(forest, times, 0) == [(0, 2), (10, 15)]


def test_grandchildren_take_no_self_time() -> None:
    """A child that ended before its own child leaves the time after it to its parent."""
    forest = build([span(1, None, 0, 20), span(2, 1, 0, 5), span(3, 2, 1, 20)])
    assert self_times(forest, known_times(forest, lambda row: NOW_NS)) == [15, 1, 19]


def test_a_span_that_ends_before_it_starts_takes_no_time() -> None:
    """Clocks of two machines; and an open span is known to run until the given time."""
    forest = build([span(1, None, 0, None), span(2, 1, 30, 10), span(3, None, 50, None)])
    assert list(known_times(forest, lambda row: NOW_NS).ends_ns) == [NOW_NS, 30, 50]


@given(any_spans())
def test_self_time_is_the_sum_of_the_gaps(rows: list[SpanRow]) -> None:
    """For any trace, counted moment by moment."""
    forest = build(rows)
    times = known_times(forest, lambda row: NOW_NS)
    own = self_times(forest, times)
    for index in range(forest.total):
        moments = set(range(times.starts_ns[index], times.ends_ns[index]))
        for child in forest.children(index):
            moments -= set(range(times.starts_ns[child], times.ends_ns[child]))
        assert {at for start_ns, end_ns in gaps(forest, times, index) for at in range(start_ns, end_ns)} == moments
        assert own[index] == len(moments)
