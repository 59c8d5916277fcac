"""A text in values that are stored in blocks (`store/file/blocks.py`): each block is searched once, however often used.

A search goes through slices of spans. Before a slice, `store/read/block_hits.py` searches the blocks that the slice
needs and no slice before it did, and gives the slice the numbers of those that hold the text.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

import re

from .matching import document_contains
from .place import Place

TEXT = "{text}"
"""Stands for the searched text in a condition on the text of a block."""

_AT_CUTS = re.compile(r'["\\}\n]')
"""A text is cut beside one of these, see `store/write/blocks/cutting.py`."""

_LEAST_CHARS = 3
"""A shorter part of a text is in most values."""


def whole_text(column: str) -> str:
    """Return the column that has the whole text of `column`, one of `attr_texts a` or `payload_texts y`."""
    return "a.text" if column == "a.value" else column.replace("y.", "y.whole_")


def stored_contains(place: Place, column: str, needle: str) -> str:
    """Whether the value of `column` holds `needle`, as SQL."""
    # What may be cut in two is looked for in whole values, of those that have a part of it that is never cut.
    part = max(_AT_CUTS.split(needle), key=len)
    if part == needle and place.in_slice:
        return _in_blocks(place, column, needle)
    found = document_contains(place.bind, whole_text(column), needle)
    if not place.in_slice or len(part) < _LEAST_CHARS:
        return found
    return f"({_in_blocks(place, column, part)} AND {found})"


def _in_blocks(place: Place, column: str, needle: str) -> str:
    condition, hits = place.parameters.block_test(needle, lambda: document_contains(place.bind, TEXT, needle))
    part = condition.replace(TEXT, "part.atom")
    return (
        f"CASE typeof({column}) WHEN 'blob' THEN EXISTS (SELECT 1 FROM json_each(CAST({column} AS TEXT)) part"
        f" WHERE CASE part.type WHEN 'text' THEN {part} ELSE part.atom IN (SELECT value FROM json_each({hits})) END)"
        f" ELSE {condition.replace(TEXT, column)} END"
    )
