"""The list of groups, without a screen."""

from __future__ import annotations

from tests.tui.conftest import a_group
from tracetui.store.read.groups import Groups
from tracetui.tui.state.group_listing import GroupListing


def test_group_listing_knows_the_way_back_only_from_its_own_filter() -> None:
    """Once the filter was edited, Escape means what it always does."""
    from tracetui.store.filter import parse

    listing = GroupListing()
    listing.take(Groups(("model",), False, (), [a_group("x"), a_group("y")]))
    text = listing.enter(parse("| by(model)"), 1)
    assert (listing.selected, text) == (("y",), 'model = "y"')
    assert listing.way_back(text) == "| by(model)"
    assert listing.way_back(text + " a") is None
