"""Two conversations, message by message."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from .likeness import likeness_of, similarity
from .sequences import SAME, align


class MessageText(NamedTuple):
    """A message as it is compared."""

    role: str
    text: str


class Change(Enum):
    """What became of a message."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    CUT = "cut"


class MessageChange(NamedTuple):
    """One message of either conversation, or a pair of both."""

    change: Change
    first: int | None
    """The position in the first conversation; None for an added message."""
    second: int | None
    """The position in the second conversation; None for a cut message."""


def compare_messages(first: Sequence[MessageText], second: Sequence[MessageText]) -> list[MessageChange]:
    """Return every message of both conversations once, in order. Only messages of one role become a pair."""
    known = [[likeness_of(message.text) for message in side] for side in (first, second)]

    def weight(i: int, j: int) -> float:
        alike = similarity(known[0][i], known[1][j])
        return SAME if alike == 1 else 1 + alike

    pairs = align([message.role for message in first], [message.role for message in second], weight)
    return [MessageChange(_change(i, j, first, second), i, j) for i, j in pairs]


def _change(i: int | None, j: int | None, first: Sequence[MessageText], second: Sequence[MessageText]) -> Change:
    if i is None:
        return Change.ADDED
    if j is None:
        return Change.CUT
    return Change.SAME if first[i].text == second[j].text else Change.CHANGED
