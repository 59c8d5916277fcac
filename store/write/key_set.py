"""The attribute names that a kind of span has."""

from __future__ import annotations

from collections.abc import Sequence

from ..conventions import dialects
from ..conventions.payload_attributes import find_payload_attributes
from ..text.json_text import encode


class KeySet:
    """The attribute names that a kind of span has: what is the same for all of them is worked out once."""

    __slots__ = ("derivation", "payload_attributes", "rows", "text")

    def __init__(self, names: Sequence[str], rows: Sequence[int]) -> None:
        """`rows` are their numbers in the `attr_key` table."""
        self.rows = tuple(rows)
        self.text = encode(list(rows)).decode()
        """As `span.attr_keys` has it."""
        self.derivation = dialects.derivation(names) or None
        """None where they give no normal column."""
        self.payload_attributes = find_payload_attributes(names)
        """Inputs and outputs among the values."""
