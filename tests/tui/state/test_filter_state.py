"""The text of the filter, its query and its history, without a screen."""

from __future__ import annotations

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
