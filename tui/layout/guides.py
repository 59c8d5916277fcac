"""The guide lines from a span to its parent."""

from __future__ import annotations

from ...store.model.forest import NO_PARENT, Forest

DEEPEST = 12
"""The most levels of guides: agents nest a hundred deep, and the name must stay visible."""


def guides(forest: Forest, index: int) -> str:
    """Returns the guides of the span at `index`, two cells a level; outer levels beyond `DEEPEST` are left out."""
    parts: list[str] = []
    node = index
    while (parent := forest.parent_index[node]) != NO_PARENT and len(parts) < DEEPEST:
        has_next = forest.subtree_end[node] < forest.subtree_end[parent]
        if not parts:
            parts.append("├─" if has_next else "└─")
        else:
            parts.append("│ " if has_next else "  ")
        node = parent
    if parent != NO_PARENT:
        parts[-1] = "⋯ "
    return "".join(reversed(parts))
