"""The guide lines from a span to its parent."""

from __future__ import annotations

from ...store.model.forest import NO_PARENT, Forest

CUT = "⋯"
"""Stands for outer levels that are left out."""


def guides(forest: Forest, index: int, most_cells: int = 24) -> str:
    """Returns the guides of the span at `index`, two cells a level, in at most `most_cells`.

    Where outer levels do not fit, the depth of the span stands for them: `137⋯│ └─`. Agents nest a hundred deep, and
    the name must stay visible.
    """
    depth = forest.depth[index]
    if 2 * depth <= most_cells:
        return "".join(reversed(_levels(forest, index, depth)))
    number = f"{depth}{CUT}"
    room = max(2, most_cells - len(number))
    return number.ljust(len(number) + room % 2) + "".join(reversed(_levels(forest, index, room // 2)))


def _levels(forest: Forest, index: int, most: int) -> list[str]:
    """The guides of the innermost levels, the innermost first."""
    parts: list[str] = []
    node = index
    while (parent := forest.parent_index[node]) != NO_PARENT and len(parts) < most:
        has_next = forest.subtree_end[node] < forest.subtree_end[parent]
        if not parts:
            parts.append("├─" if has_next else "└─")
        else:
            parts.append("│ " if has_next else "  ")
        node = parent
    return parts
