"""Align two sequences: the pairs of largest total weight that keep the order of both.

This is the longest common subsequence, with weights: `difflib` and `diff` find the longest, and know no likeness.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

SAME = 2.5
"""The weight of two equal items. It is the largest weight, and more than that of two unlike pairs."""

MAX_CELLS = 250_000
"""How many weights are compared. Longer sequences are cut into blocks of equal shares, and each is aligned alone."""

Pairs: TypeAlias = list[tuple[int | None, int | None]]
"""Positions in both sequences, each exactly once and ascending; None for an item without a partner."""


def align(first: Sequence[Hashable], second: Sequence[Hashable], weight: Callable[[int, int], float]) -> Pairs:
    """Return the alignment of two sequences of labels. Only items with equal labels become a pair.

    `weight(i, j)` is between 1 and `SAME`, for items with equal labels; `SAME` says that they are equal. Of the items
    between two pairs, those of `first` come first.
    """

    def is_same(i: int, j: int) -> bool:
        return first[i] == second[j] and weight(i, j) >= SAME

    low, high_first, high_second = 0, len(first), len(second)
    while low < min(high_first, high_second) and is_same(low, low):
        low += 1
    while min(high_first, high_second) > low and is_same(high_first - 1, high_second - 1):
        high_first, high_second = high_first - 1, high_second - 1
    pairs: Pairs = [(place, place) for place in range(low)]
    cells = (high_first - low) * (high_second - low)
    blocks = 1 + cells // MAX_CELLS
    for block in range(blocks):
        rows, columns = (
            range(low + (high - low) * block // blocks, low + (high - low) * (block + 1) // blocks)
            for high in (high_first, high_second)
        )
        pairs += _heaviest(rows, columns, first, second, weight)
    rest = zip(range(high_first, len(first)), range(high_second, len(second)), strict=True)
    return pairs + list(rest)


def _heaviest(
    rows: range,
    columns: range,
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    weight: Callable[[int, int], float],
) -> Pairs:
    # best[i][j] is the largest weight of the rows from i on and the columns from j on (Needleman and Wunsch, 1970).
    best = [[0.0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    weights: dict[tuple[int, int], float] = {}
    places: dict[Hashable, list[int]] = {}  # of each label among the columns, the last first
    for j in range(len(columns) - 1, -1, -1):
        places.setdefault(second[columns[j]], []).append(j)
    for i in range(len(rows) - 1, -1, -1):
        own, below = best[i], best[i + 1]
        right = 0.0
        column = len(columns)
        for place in places.get(first[rows[i]], ()):
            for j in range(column - 1, place, -1):
                if right < below[j]:
                    right = below[j]
                own[j] = right
            weights[i, place] = together = weight(rows[i], columns[place])
            together += below[place + 1]
            right = own[place] = max(right, below[place], together)
            column = place
        for j in range(column - 1, -1, -1):
            if right < below[j]:
                right = below[j]
            own[j] = right
    pairs: Pairs = []
    i = j = 0
    while i < len(rows) and j < len(columns):
        if (i, j) in weights and best[i][j] == weights[i, j] + best[i + 1][j + 1]:
            pairs.append((rows[i], columns[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append((rows[i], None))
            i += 1
        else:
            pairs.append((None, columns[j]))
            j += 1
    pairs += [(row, None) for row in rows[i:]]
    return pairs + [(None, column) for column in columns[j:]]
