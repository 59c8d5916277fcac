"""Questions that the screen asks the feed beside the filter, and who takes their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .question import AskedQuestion, Question

if TYPE_CHECKING:
    from .feed import Feed
    from .messages import Answered


class Asking:
    """One question for each slot; answers to earlier ones are dropped."""

    def __init__(self, feed: Feed | None) -> None:
        self._feed = feed
        self._number = 0
        self._takers: dict[str, tuple[int, Callable[[Any], None]]] = {}

    def ask(self, slot: str, question: Question, take: Callable[[Any], None], *, live: bool = True) -> None:
        """Ask in place of the question before; `take` gets each answer."""
        self._number += 1
        self._takers[slot] = self._number, take
        if self._feed is not None:
            self._feed.ask(slot, AskedQuestion(slot, self._number, question, live))

    def stop(self, slot: str) -> None:
        """Ask no more in a slot."""
        self._takers.pop(slot, None)
        if self._feed is not None:
            self._feed.ask(slot, None)

    def answered(self, message: Answered) -> None:
        """Give an answer to who asked for it."""
        number, take = self._takers.get(message.slot, (0, None))
        if take is not None and number == message.number:
            take(message.answer)
