"""The visible rows of a tree view: folding or unfolding a span takes two array operations."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from .forest import Forest, fold_mask, unfolded, with_ancestors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Folding:
    """The rows of a tree view: `shown[row]` is a position in the forest.

    To keep folds when the forest is built again, use their span_id: `Folding(new_forest, old.folded_ids())`.
    With `matches`, only these positions and their ancestors are visible.
    """

    def __init__(self, forest: Forest, folded: Collection[int] = (), matches: Iterable[int] | None = None) -> None:
        self.forest = forest
        self.shown: array[int]
        """One position in the forest for each row of the view, ascending."""
        self.changes = 0
        """Grows with every change of `shown`."""
        self._mask = fold_mask(forest, folded)
        self._kept = None if matches is None else with_ancestors(forest, matches)
        self._show_all()

    def __len__(self) -> int:
        return len(self.shown)

    def is_folded(self, index: int) -> bool:
        """Whether the span at this position is folded."""
        return bool(self._mask[index])

    @property
    def left_out(self) -> int:
        """How many spans are neither matches nor above a match."""
        return 0 if self._kept is None else self._kept.count(0)

    def is_left_out(self, index: int) -> bool:
        """Whether no fold can show this position."""
        return self._kept is not None and not self._kept[index]

    def has_children(self, index: int) -> bool:
        """Whether the span at this position has children that are not left out."""
        end = self.forest.subtree_end[index]
        return end > index + 1 and (self._kept is None or self._kept.find(1, index + 1, end) >= 0)

    def hidden_below(self, index: int) -> int:
        """Return how many descendants the fold at this position hides, 0 if it is not folded."""
        return self.forest.subtree_end[index] - index - 1 if self._mask[index] else 0

    def folded_ids(self) -> set[int]:
        """Return the span_id of every folded span, visible or not."""
        ids, index = set(), self._mask.find(1)
        while index >= 0:
            ids.add(self.forest.spans[index].span_id)
            index = self._mask.find(1, index + 1)
        return ids

    def row_of(self, index: int) -> int:
        """Return the row of this position, or of its nearest visible ancestor; 0 if there is none."""
        row = bisect_left(self.shown, index)
        if row < len(self.shown) and self.shown[row] == index:
            return row
        for ancestor in self.forest.ancestors(index):
            row = bisect_left(self.shown, ancestor)
            if row < len(self.shown) and self.shown[row] == ancestor:
                return row
        return 0

    def fold(self, index: int) -> None:
        """Hide the descendants of a position."""
        if self._mask[index] or not self.has_children(index):
            return
        self._mask[index] = 1
        self.changes += 1
        row = bisect_left(self.shown, index)
        if row < len(self.shown) and self.shown[row] == index:
            del self.shown[row + 1 : bisect_left(self.shown, self.forest.subtree_end[index])]

    def unfold(self, index: int) -> None:
        """Show the descendants of a position, except those below other folds."""
        if not self._mask[index]:
            return
        self._mask[index] = 0
        self.changes += 1
        row = bisect_left(self.shown, index)
        if row < len(self.shown) and self.shown[row] == index:
            below = self._below(index + 1, self.forest.subtree_end[index])
            self.shown[row + 1 : row + 1] = array("i", below)

    def toggle(self, index: int) -> None:
        """Unfold a folded position, fold any other."""
        if self._mask[index]:
            self.unfold(index)
        else:
            self.fold(index)

    def reveal(self, index: int) -> int:
        """Unfold all ancestors of a position, and return its row."""
        for ancestor in reversed(self.forest.ancestors(index)):
            self.unfold(ancestor)
        return self.row_of(index)

    def fold_deeper_than(self, depth: int) -> None:
        """Fold every span at `depth` or deeper, unfold all others: 0 leaves the roots, a large number unfolds all."""
        for index, own in enumerate(self.forest.depth):
            self._mask[index] = own >= depth and self.has_children(index)
        self._show_all()

    def deepest_shown(self) -> int:
        """Return the depth of the deepest visible span; 0 if there is none."""
        return max((self.forest.depth[index] for index in self.shown), default=0)

    def set_folded(self, indexes: Iterable[int], *, folded: bool) -> None:
        """Fold or unfold many positions at once."""
        for index in indexes:
            self._mask[index] = folded and self.has_children(index)
        self._show_all()

    def _show_all(self) -> None:
        self.changes += 1
        self.shown = array("i", self._below(0, self.forest.total))

    def _below(self, start: int, end: int) -> Iterable[int]:
        below = unfolded(self.forest, self._mask, start, end)
        kept = self._kept
        return below if kept is None else [index for index in below if kept[index]]
