"""Which values are worth cutting: texts that never come again cost time and space as blocks, and save none.

Nothing in a first prompt tells whether the next one repeats it, so values of one kind are cut until they have made more
new text than was found again; from then on one of some is tried.
"""

from __future__ import annotations

FREE_BYTES = 262_144
"""How much new text a source may make before anything has to be found again."""

_GAIN = 4
"""How much new text one byte that is found again is worth."""

_TRIED = 16
"""One of how many values of a source without repetition is cut."""


class Source:
    """Values that are expected to behave alike: the inputs, or the outputs, of spans of one kind and name."""

    __slots__ = ("_left", "_skipped")

    def __init__(self) -> None:
        self._left = FREE_BYTES
        self._skipped = 0

    def is_worth_cutting(self) -> bool:
        """Whether to cut the next value."""
        if self._left > 0:
            return True
        self._skipped += 1
        return self._skipped % _TRIED == 0

    def made(self, size: int) -> None:
        """Count text that became a block."""
        self._left = max(-FREE_BYTES, self._left - size)

    def found(self, size: int) -> None:
        """Count text that was a block already, in a value of this source, or first in a value of this source."""
        self._left = min(FREE_BYTES, self._left + _GAIN * size)
