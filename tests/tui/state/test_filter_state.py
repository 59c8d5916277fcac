"""The text of the filter, its query and its history, without a screen."""

from __future__ import annotations

from tracetui.store.filter.tree.spelling import unparse
from tracetui.tui.state.filter_state import FilterState


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


def test_chosen_order_is_asked_with_every_filter() -> None:
    """A sort key says nothing about which traces are listed, and stays when the filter changes."""
    state = FilterState()
    assert state.sort_by("trace.duration", descending=True) is None
    assert state.asked is not None
    assert unparse(state.asked) == "| sort(-trace.duration)"
    selects = [state.selects]
    state.type("is:error | limit 5")
    assert [*selects, state.selects] == [False, True]
    assert unparse(state.asked) == "is:error | sort(-trace.duration) | limit 5"
    state.sort_by("", descending=True)
    assert state.asked == state.query


def test_chosen_order_replaces_that_of_the_text() -> None:
    """The text never says another order than the list has."""
    state = FilterState()
    state.type("is:error | sort(name) | limit 5")
    assert state.sort is state.query.sort if state.query else False
    assert state.sort_by("trace.cost", descending=False) == "is:error | limit 5"


def test_groups_keep_the_order_of_their_text() -> None:
    """The order of traces is none of groups."""
    state = FilterState()
    state.sort_by("trace.duration", descending=True)
    state.type("| by(model)")
    assert state.asked is state.query
