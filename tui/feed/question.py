"""A question beside the filter, as the screen asks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ...store.read.reader import Reader


class Moment(NamedTuple):
    """What a question is asked at."""

    now_ns: int
    gone: frozenset[int]
    """The processes that have ended without closing their spans."""


class Question(Protocol):
    """One question about the file."""

    def steps(self, reader: Reader, moment: Moment) -> Iterator[object]:
        """Yields answers, the last one complete, and None in between: after some 20 ms each."""


class AskedQuestion(NamedTuple):
    """A question in its slot, under a number by which a late answer to an earlier one is recognised."""

    slot: str
    number: int
    question: Question
    live: bool
    """Whether it is answered again when the file has changed."""
