"""Sequences are aligned by the heaviest pairs, in the order of both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.compare.sequences import MAX_CELLS, SAME, Pairs, align

_ITEMS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=6)
"""A label, and what makes two items with one label unlike."""

Item = tuple[str, int]


def weight_of(first: list[Item], second: list[Item]) -> Callable[[int, int], float]:
    return lambda i, j: SAME if first[i] == second[j] else 1 + (first[i][1] + second[j][1]) % 3 / 4


def aligned(first: list[Item], second: list[Item]) -> Pairs:
    return align([label for label, _ in first], [label for label, _ in second], weight_of(first, second))


def total(pairs: Pairs, first: list[Item], second: list[Item]) -> float:
    weight = weight_of(first, second)
    return sum(weight(i, j) for i, j in pairs if i is not None and j is not None)


def heaviest(first: list[Item], second: list[Item]) -> float:
    """The largest weight by definition: of all pairs of subsequences of equal labels."""
    return max(
        total(list(zip(rows, columns, strict=True)), first, second)
        for length in range(min(len(first), len(second)) + 1)
        for rows in combinations(range(len(first)), length)
        for columns in combinations(range(len(second)), length)
        if all(first[i][0] == second[j][0] for i, j in zip(rows, columns, strict=True))
    )


@given(_ITEMS, _ITEMS)
def test_the_heaviest_pairs_are_found(first: list[Item], second: list[Item]) -> None:
    """No other alignment of the two has more in common."""
    assert total(aligned(first, second), first, second) == heaviest(first, second)


@given(_ITEMS, _ITEMS)
def test_every_item_is_there_once_and_in_order(first: list[Item], second: list[Item]) -> None:
    """Nothing is lost, and a reader can follow either side from top to bottom."""
    pairs = aligned(first, second)
    assert [i for i, _ in pairs if i is not None] == list(range(len(first)))
    assert [j for _, j in pairs if j is not None] == list(range(len(second)))
    assert all(first[i][0] == second[j][0] for i, j in pairs if i is not None and j is not None)


def test_long_sequences_are_aligned_in_blocks() -> None:
    """Twenty thousand siblings take no table of 400 million cells, and each is still there once."""
    labels = ["a"] * 20_000
    asked = 0

    def weight(i: int, j: int) -> float:
        nonlocal asked
        asked += 1
        return 1.0

    pairs = align(labels, labels[:10_000], weight)
    assert len(pairs) == 20_000
    assert asked <= 2 * MAX_CELLS
