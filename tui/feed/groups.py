"""The groups of a filter with by(), counted by the feed's thread and posted while they grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from .messages import FilterRefused, GroupsFound

if TYPE_CHECKING:
    from textual.message import Message

    from ...store.read.groups import GroupAggregation

_SHARE = 8
"""Groups are posted again after counting has taken this many times as long as making the last message."""


def add_up(
    grouping: GroupAggregation,
    generation: int,
    post: Callable[[Message], object],
    *,
    every_s: float,
    growing: bool,
) -> Iterator[Sequence[int]]:
    """Yields after each slice of the file; posts the groups at the end, and with `growing` also before."""
    from ...store.read.groups import TooManyGroupsError

    due = time.monotonic() + every_s
    try:
        for _ in grouping.steps():
            now = time.monotonic()
            if growing and now >= due:
                post(GroupsFound(generation, grouping.groups(), complete=False))
                looked = time.monotonic()
                due = looked + max(every_s, _SHARE * (looked - now))
            yield ()
    except TooManyGroupsError as error:
        post(FilterRefused(generation, str(error)))
        return
    post(GroupsFound(generation, grouping.groups(), complete=True))
