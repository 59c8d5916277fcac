"""What the explorer knows, without a screen: the order of traces, following, pausing, the filter's history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.state.listing import Listing


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
