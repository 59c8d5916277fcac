"""The attribute names that a kind of span has."""

from __future__ import annotations

from collections.abc import Sequence

from ..conventions import dialects
from ..conventions.payload_attributes import carried_by
from ..text.json_text import encode


class KeySet:
    """The attribute names that a kind of span has: what is the same for all of them is worked out once."""

    __slots__ = ("carried", "derivation", "rows", "text")

    def __init__(self, names: Sequence[str], rows: Sequence[int]) -> None:
        """`rows` are their numbers in the `attr_key` table."""
        self.rows = tuple(rows)
        self.text = encode(list(rows)).decode()
        """As `span.attr_keys` has it."""
        self.derivation = dialects.derivation(names) or None
        """None where they give no normal column."""
        self.carried = carried_by(names)
        """Inputs and outputs among the values."""
