"""What an agent sends again with each call, and what is new."""

from __future__ import annotations

from collections.abc import Sequence

from .message import Message


def repeated_messages(previous: Sequence[Message], current: Sequence[Message]) -> int:
    """Return how many messages at the beginning of `current` were sent with the previous call as well.

    Only what the model reads counts: fields beside role and parts may differ.
    """
    count = 0
    for one, other in zip(previous, current, strict=False):
        if one.role != other.role or one.parts != other.parts:
            break
        count += 1
    return count
