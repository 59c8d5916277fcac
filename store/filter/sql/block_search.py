"""A text in values that are stored in blocks (`store/file/blocks.py`): each block is searched once, however often used.

A search goes through slices of spans. Before a slice, `store/read/block_hits.py` searches the blocks that the slice
needs and no slice before it did, and gives the slice the numbers of those that hold the text.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable

from .place import Place

TEXT = "{text}"
"""Stands for the searched text in a condition on the text of a block."""

_AT_CUTS = frozenset('"\\}\n')
"""A text is cut beside one of these, see `store/write/blocks/cutting.py`."""


def whole_text(column: str) -> str:
    """Return the column that has the whole text of `column`, one of `attr_texts a` or `payload_texts y`."""
    return "a.text" if column == "a.value" else column.replace("y.", "y.whole_")


def stored_contains(place: Place, column: str, needle: str, test: Callable[[str], str]) -> str:
    """Whether the value of `column` holds `needle`, as SQL; `test` makes the condition on a text."""
    if not place.in_slice or not _AT_CUTS.isdisjoint(needle):
        return test(whole_text(column))
    condition, hits = place.parameters.block_test(needle, lambda: test(TEXT))
    part = condition.replace(TEXT, "part.atom")
    return (
        f"CASE typeof({column}) WHEN 'blob' THEN EXISTS (SELECT 1 FROM json_each(CAST({column} AS TEXT)) part"
        f" WHERE CASE part.type WHEN 'text' THEN {part} ELSE part.atom IN (SELECT value FROM json_each({hits})) END)"
        f" ELSE {condition.replace(TEXT, column)} END"
    )
