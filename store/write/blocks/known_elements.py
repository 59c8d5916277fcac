"""The recipes of list elements that a process has met, within a bound."""

from __future__ import annotations

from typing import NamedTuple

MOST_TEXT_BYTES = 4 << 20
"""How much text of elements is remembered, twice: what was met lately, and what was met before that."""


class Element(NamedTuple):
    """An element of a list as a part of a recipe."""

    recipe: str
    """Texts and numbers of blocks as JSON, separated by commas."""
    blocks: tuple[int, ...]
    ends_group: bool


class KnownElements:
    """Recipes by the text of the element."""

    def __init__(self) -> None:
        self._recent: dict[bytes, Element] = {}
        self._earlier: dict[bytes, Element] = {}
        self._recent_bytes = 0

    def get(self, text: bytes) -> Element | None:
        """Return the recipe of an element that was met before."""
        found = self._recent.get(text)
        if found is None and (found := self._earlier.get(text)) is not None:
            self.add(text, found)
        return found

    def add(self, text: bytes, element: Element) -> None:
        """Remember the recipe of an element."""
        self._recent[text] = element
        self._recent_bytes += len(text)
        if self._recent_bytes > MOST_TEXT_BYTES:
            self._earlier, self._recent, self._recent_bytes = self._recent, {}, 0

    def clear(self) -> None:
        """Forget everything."""
        self._recent, self._earlier, self._recent_bytes = {}, {}, 0
