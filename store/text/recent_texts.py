"""What is known about texts that were met lately, within a bound of memory."""

from __future__ import annotations

from typing import Generic, TypeVar

Known = TypeVar("Known")


class RecentTexts(Generic[Known]):
    """Maps texts to what is known of them, and forgets the texts that were not met for the longest time."""

    def __init__(self, most_bytes: int) -> None:
        """Twice `most_bytes` of texts are remembered: those that were met lately, and those that were met before."""
        self._most_bytes = most_bytes
        self._recent: dict[bytes, Known] = {}
        self._earlier: dict[bytes, Known] = {}
        self._recent_bytes = 0

    def get(self, text: bytes) -> Known | None:
        """Return what is known of a text."""
        found = self._recent.get(text)
        if found is None and (found := self._earlier.get(text)) is not None:
            self.add(text, found)
        return found

    def add(self, text: bytes, known: Known) -> None:
        """Remember something about a text, unless the text alone takes much of the bound."""
        if len(text) > self._most_bytes // 4:
            return
        self._recent[text] = known
        self._recent_bytes += len(text)
        if self._recent_bytes > self._most_bytes:
            self._earlier, self._recent, self._recent_bytes = self._recent, {}, 0

    def clear(self) -> None:
        """Forget everything."""
        self._recent, self._earlier, self._recent_bytes = {}, {}, 0
