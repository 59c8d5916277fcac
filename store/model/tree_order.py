"""Order the spans of a trace, whose parents may be unknown or form cycles: in linear time, without recursion."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any

NO_PARENT = -1
"""The parent of a root, in a list of parents by position."""


def cut_cycles(parents: list[int]) -> list[int]:
    """Make the first member of every cycle a root, in place; return these members."""
    cut = []
    walk_of = array("i", bytes(4 * len(parents)))  # the first walk that reached a position, counted from 1
    for number in range(len(parents)):
        node, walk = number, number + 1
        if walk_of[node]:
            continue
        while node != NO_PARENT and not walk_of[node]:
            walk_of[node] = walk
            node = parents[node]
        if node != NO_PARENT and walk_of[node] == walk:  # back on its own path: a new cycle
            first, member = node, parents[node]
            while member != node:
                first, member = min(first, member), parents[member]
            parents[first] = NO_PARENT
            cut.append(first)
    return cut


def levels(parents: list[int]) -> tuple[list[int], list[list[int]]]:
    """The numbers level by level, roots first, and the children of each number. `parents` has no cycle."""
    children: list[list[int]] = [[] for _ in parents]
    order: list[int] = []
    for number, parent in enumerate(parents):
        (order if parent == NO_PARENT else children[parent]).append(number)
    for number in order:  # `order` grows during the loop
        order += children[number]
    return order, children


def children_first(spans: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Order rows that begin with `(span_key, parent_key)` so that every row follows the rows of its children.

    Of several rows with one key, only the last is returned. In a cycle, the first row loses its parent.
    """
    rows = list(spans)
    rows.reverse()  # parents nearly always arrive before their children
    done = set()
    for row in rows:
        key, parent = row[0], row[1]
        if key in done or parent == key or parent in done:
            rows.reverse()
            return _sorted(list({row[0]: row for row in rows}.values()))
        done.add(key)
    return rows


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    number_of = {row[0]: number for number, row in enumerate(rows)}
    parents = [number_of.get(row[1], NO_PARENT) for row in rows]
    for number in cut_cycles(parents):
        rows[number] = (rows[number][0], None, *rows[number][2:])
    order, _ = levels(parents)
    return [rows[number] for number in reversed(order)]
