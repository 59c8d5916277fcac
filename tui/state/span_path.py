"""The way to a span by names, which finds the same step in another trace."""

from __future__ import annotations

from typing import TypeAlias

from ...store.model.forest import NO_PARENT, Forest

SpanPath: TypeAlias = tuple[tuple[str, int], ...]
"""From the root: the name of each span, and how many siblings of this name come before it."""


def path_to(forest: Forest, index: int) -> SpanPath:
    """Returns the path of the span at a position."""
    steps = []
    for place in reversed((index, *forest.ancestors(index))):
        name = forest.spans[place].name
        before = [sibling for sibling in _siblings(forest, place) if sibling < place]
        steps.append((name, sum(forest.spans[sibling].name == name for sibling in before)))
    return tuple(steps)


def find(forest: Forest, path: SpanPath) -> int | None:
    """Returns the position at the end of a path, or as far along it as the forest has it; None without its root.

    Where a name comes less often, the last span of the name is taken.
    """
    found: int | None = None
    among = _roots(forest)
    for name, number in path:
        named = [place for place in among if forest.spans[place].name == name]
        if not named:
            break
        found = named[min(number, len(named) - 1)]
        among = forest.children(found)
    return found


def _siblings(forest: Forest, index: int) -> list[int]:
    parent = forest.parent_index[index]
    return _roots(forest) if parent == NO_PARENT else forest.children(parent)


def _roots(forest: Forest) -> list[int]:
    found, index = [], 0
    while index < forest.total:
        found.append(index)
        index = forest.subtree_end[index]
    return found
