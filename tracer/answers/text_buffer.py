"""What is kept of the text of a stream: all of it, up to a limit, in memory that grows with the text alone."""

from __future__ import annotations

_PARTS_KEPT = 256
"""Pieces of text are joined when there are this many: memory grows with the text, not with the number of chunks."""


class Room:
    """How much of one stream is kept: a stream may go on for as long as its program does."""

    __slots__ = ("left_chars", "refused")

    def __init__(self, chars: int) -> None:
        self.left_chars = chars
        """How much more is kept; negative where the last part that was kept was too large."""
        self.refused = 0
        """Parts that came too late."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be kept."""
        return self.left_chars <= 0

    def take(self, chars: int) -> bool:
        """Whether something of this size is to be kept; the last that is may be too large."""
        if self.left_chars <= 0:
            self.refused += 1
            return False
        self.left_chars -= chars
        return True


class Text:
    """A text in many pieces. One thread adds to it; another may read it meanwhile."""

    __slots__ = ("_pieces", "_room")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces: tuple[list[str], list[str]] = [], []
        """Those that were put together, and those that came after."""

    def add(self, part: str) -> None:
        """Append a piece, if there is room for it."""
        room = self._room  # `Room.take`, without a call for each chunk
        if room.left_chars <= 0:
            room.refused += 1
            return
        room.left_chars -= len(part)
        together, after = self._pieces
        after.append(part)
        if len(after) >= _PARTS_KEPT:
            self._pieces = [*together, "".join(after)], []

    def __str__(self) -> str:
        together, after = self._pieces
        return "".join(together) + "".join(after)
