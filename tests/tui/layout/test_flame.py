"""A flame graph: children below their parent, parallel spans below each other."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.forests import any_spans, span
from tracetui.store.model.forest import NO_PARENT, Forest, build
from tracetui.store.model.rows import SpanRow
from tracetui.store.timing.times import Times, known_times
from tracetui.tui.layout.flame import Flame
from tracetui.tui.layout.time_axis import Axis


def flame_of(forest: Forest) -> tuple[Flame, Times]:
    """The lanes of all spans; open spans run until 40."""
    times = known_times(forest, lambda row: 40)
    return Flame(forest, times, range(forest.total)), times


def test_calls_one_after_the_other_share_a_lane_and_parallel_ones_do_not() -> None:
    """A parallel call goes below all that is below the first."""
    forest = build([span(1, None, 0, 20), span(2, 1, 0, 8), span(3, 2, 1, 5), span(4, 1, 3, 9), span(5, 1, 9, 20)])
    flame, _ = flame_of(forest)
    assert {forest.spans[index].id: lane for index, lane in flame.lane_of.items()} == {1: 0, 2: 1, 3: 2, 4: 3, 5: 1}


@given(any_spans())
def test_no_two_spans_of_a_lane_overlap_and_each_is_below_its_parent(rows: list[SpanRow]) -> None:
    """So every box can be seen, and says by its place what it belongs to."""
    forest = build(rows)
    flame, (starts_ns, ends_ns) = flame_of(forest)
    assert sorted(index for lane in flame.lanes for index in lane) == list(range(forest.total))
    for index in range(forest.total):
        parent = forest.parent_index[index]
        assert parent == NO_PARENT or flame.lane_of[parent] < flame.lane_of[index]
    for lane in flame.lanes:
        for before, after in pairwise(lane):
            assert ends_ns[before] <= starts_ns[after]


@given(any_spans(), st.integers(-20, 60), st.integers(1, 80), st.integers(1, 30))
def test_boxes_of_a_lane_do_not_overlap_on_the_screen(
    rows: list[SpanRow], start_ns: int, length_ns: int, width: int
) -> None:
    """Each has a cell or more, for any part of the time."""
    flame, _ = flame_of(build(rows))
    for lane in range(len(flame.lanes)):
        reached = 0
        for box in flame.boxes(lane, Axis(start_ns, length_ns), width):
            assert reached <= box.start < box.end <= width
            reached = box.end


def test_a_lane_of_many_spans_is_drawn_in_as_many_steps_as_it_has_cells() -> None:
    """20,000 calls one after the other."""
    forest = build([span(1, None, 0, 200_000), *(span(id, 1, 10 * id, 10 * id + 9) for id in range(2, 20_002))])
    flame, _ = flame_of(forest)
    assert len(list(flame.boxes(1, Axis(0, 200_000), 100))) == 100
    assert flame.nearest(1, 10 * 500 + 3) == forest.index_of_row[500]
    assert flame.beside(forest.index_of_row[500], -1) == forest.index_of_row[499]
