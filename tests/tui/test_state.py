"""What the explorer knows, without a screen: the order of traces, following, pausing, the filter's history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.state.filter_state import FilterState
from tracetui.tui.state.listing import Listing
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


def test_selection_holds_on_to_its_trace_when_newer_ones_arrive() -> None:
    """The user's row moves down with its trace; at the top it follows instead."""
    listing = Listing()
    listing.replace(range(1, 11))
    listing.select(3)
    listing.update([11, 12])
    assert listing.settle() == 5
    assert listing.selected == 7
    listing.select(0)
    listing.update([13])
    assert (listing.settle(), listing.selected) == (0, 13)


def test_selection_moves_to_a_neighbour_when_its_trace_leaves() -> None:
    """A trace that stops matching takes nobody's cursor away."""
    listing = Listing()
    listing.replace(range(1, 11))
    listing.select(9)
    listing.update((), hidden=[1])
    assert listing.settle() == 8
    assert listing.selected == 2


def test_pause_hides_what_is_newer_and_counts_it() -> None:
    """During a pause the rows are those of its first moment."""
    listing = Listing()
    listing.replace(range(1, 4))
    listing.pause()
    listing.update([4, 5])
    assert (len(listing), listing[0], listing.arrived) == (3, 3, 2)
    listing.resume()
    assert (len(listing), listing[0], listing.arrived) == (5, 5, 0)


def test_mistake_keeps_the_last_good_query() -> None:
    """Only a text that can be read makes a new query."""
    state = FilterState()
    assert state.type("is:error")
    good = state.query
    assert not state.type("is:error (")
    assert state.error is not None
    assert state.query is good
    assert not state.type("is:error ")
    assert state.error is None


def test_history_goes_back_and_returns_to_the_draft() -> None:
    """Up and Down walk through what was used, and end at what was being typed."""
    state = FilterState()
    for text in ("is:error", "is:running"):
        state.type(text)
        state.remember()
    state.type("dur")
    assert [state.earlier(), state.earlier(), state.earlier()] == ["is:running", "is:error", None]
    assert [state.later(), state.later(), state.later()] == ["is:running", "dur", None]


@given(st.lists(st.integers(1, 60), unique=True), st.lists(st.integers(1, 60)))
def test_sorted_list_keeps_its_order(found: list[int], gone: list[int]) -> None:
    """What arrives has no place until it is searched for again, and what leaves leaves no gap."""
    listing = Listing()
    listing.found(found, anew=True, is_sorted=True)
    listing.update([100], gone)
    left = [trace for trace in found if trace not in gone]
    assert [listing[row] for row in range(len(listing))] == left
    assert all(listing.row_of(trace) == row for row, trace in enumerate(left))
    assert 100 not in listing.ids


def test_pause_holds_back_a_list_that_was_searched_again() -> None:
    """It is shown when the pause ends; a new filter is shown at once."""
    listing = Listing()
    listing.found([3, 1, 2], anew=True, is_sorted=True)
    listing.pause()
    listing.found([4, 3, 1], anew=True, again=True, is_sorted=True)
    assert [listing[row] for row in range(len(listing))] == [3, 1, 2]
    listing.resume()
    assert [listing[row] for row in range(len(listing))] == [4, 3, 1]
    listing.pause()
    listing.found([2], anew=True, is_sorted=True)
    assert [listing[row] for row in range(len(listing))] == [2]
