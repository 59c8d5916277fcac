"""The ids of a list of traces: a set in descending order, a range while nothing is missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.state.trace_ids import TraceIds

IDS = st.lists(st.integers(1, 60), unique=True)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40))), st.integers(0, 20))
def test_trace_ids_are_a_set_in_descending_order(steps: list[tuple[bool, int]], dense: int) -> None:
    """Whatever is added and taken out, the rows are the set of ids, newest first, and each knows its row."""
    ids, model = TraceIds(range(1, dense + 1)), set(range(1, dense + 1))
    for add, trace in steps:
        assert (ids.add(trace) if add else ids.discard(trace)) == ((trace not in model) == add)
        (model.add if add else model.discard)(trace)
        expected = sorted(model, reverse=True)
        assert [ids[row] for row in range(len(ids))] == expected
        assert [ids.row_of(one) for one in expected] == list(range(len(expected)))
        assert (trace in ids) == add


@given(IDS, IDS)
def test_search_results_and_new_traces_meet_in_one_list(found: list[int], arrived: list[int]) -> None:
    """A search that walks back while traces arrive leaves one list without doubles."""
    ids = TraceIds()
    ids.extend_older(sorted(found, reverse=True))
    for trace in arrived:
        ids.add(trace)
    assert [ids[row] for row in range(len(ids))] == sorted({*found, *arrived}, reverse=True)


def test_gap_free_list_stays_a_range_as_it_grows() -> None:
    """A million traces cost no memory, also after the next one arrives."""
    ids = TraceIds(range(1, 1_000_001))
    ids.add(1_000_001)
    assert isinstance(ids._newer, range)
    assert ids[0] == 1_000_001
