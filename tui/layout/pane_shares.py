"""How the panes share the screen: the list above, the tree and the details below it."""

from __future__ import annotations

from typing import NamedTuple

NARROW_BELOW = 100
"""The width below which the tree and the details stand one above the other."""

STEP = 5
"""The percent by which a key changes a share."""

_LEAST, _MOST = 10, 90

NORMAL, HALF, FULL = MODES = ("normal", "half", "full")
"""The sizes of the pane that has the focus."""

_HALF_SHARES = {"traces": (55, 60), "tree": (25, 70), "details": (25, 35)}


class PaneShares(NamedTuple):
    """Percents: of the height for the list, and of what is below it for the tree."""

    list: int = 40
    tree: int = 60

    def seen_from(self, pane: str, mode: str) -> PaneShares:
        """Returns the shares while `pane` has the focus and one of the `MODES`."""
        return PaneShares(*_HALF_SHARES[pane]) if mode == HALF else self

    def changed(self, pane: str, step: int) -> PaneShares:
        """Returns the shares after `pane` has grown by `step` percent; the details grow at the cost of the tree."""
        if pane == "traces":
            return self._replace(list=_within(self.list + step))
        return self._replace(tree=_within(self.tree + (step if pane == "tree" else -step)))


def share_at(cell: int, cells: int) -> int:
    """Returns the share of what ends at `cell` of `cells`."""
    return _within(round(100 * cell / max(1, cells)))


def next_mode(mode: str, step: int) -> str:
    """Returns the next larger size, with -1 the next smaller."""
    return MODES[max(0, min(len(MODES) - 1, MODES.index(mode) + step))]


def _within(percent: int) -> int:
    return max(_LEAST, min(_MOST, percent))
