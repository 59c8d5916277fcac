"""What stands below the filter: the mistake in it, what Tab offers, or what may have been meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .state.filter_state import FilterState
    from .widgets.filter_bar import FilterBar


def show(bar: FilterBar, state: FilterState, keys: Mapping[str, int]) -> None:
    """Say what the filter as it stands needs to be told."""
    if state.error is not None:
        bar.show_error(state.error.message, state.error.column, state.error.expected)
        return
    bar.show_hint([])


def complete(bar: FilterBar, state: FilterState, keys: Mapping[str, int]) -> None:
    """Put the next choice for the word at the cursor in its place."""
