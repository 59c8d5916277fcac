"""Questions beside the filter, answered in steps on the feed's thread, and again when the file has changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .messages import Answered

if TYPE_CHECKING:
    from ...store.read.reader import Reader
    from .question import AskedQuestion, Moment
    from .requests import Requests

AGAIN_S = 1.0
"""The least seconds between two answers about a file that grows ..."""
_AGAIN_SHARE = 4
"""... and so many times as long as the last one took."""


class Questions:
    """Answers the newest question of each slot, one slice of the file at a time."""

    def __init__(self, post: Callable[[Answered], object], requests: Requests) -> None:
        self._post = post
        self._requests = requests
        self._running: dict[str, _Run] = {}

    def step(self, reader: Reader, rev: int, moment: Callable[[], Moment]) -> bool:
        """Take one step of one question; returns whether there was work."""
        for slot in [slot for slot in self._running if slot not in self._requests.questions]:
            del self._running[slot]
        for slot, asked in list(self._requests.questions.items()):
            run = self._running.get(slot)
            if run is None or run.asked != asked:
                run = self._running[slot] = _Run(asked)
            if run.step(reader, rev, moment, self._post):
                return True
        return False

    def is_new(self) -> bool:
        """Whether there is a question that has not been begun."""
        begun = {slot: run.asked for slot, run in self._running.items()}
        return any(begun.get(slot) != asked for slot, asked in list(self._requests.questions.items()))


class _Run:
    # The answering of one question, again and again.
    def __init__(self, asked: AskedQuestion) -> None:
        self.asked = asked
        self._steps: Iterator[object] | None = None
        self._rev = -1
        self._began_at = self._again_at = 0.0

    def step(self, reader: Reader, rev: int, moment: Callable[[], Moment], post: Callable[[Answered], object]) -> bool:
        now = time.monotonic()
        if self._steps is None:
            if self._rev == rev or now < self._again_at or (self._rev >= 0 and not self.asked.live):
                return False
            self._rev, self._began_at = rev, now
            self._steps = self.asked.question.steps(reader, moment())
        try:
            answer = next(self._steps)
        except StopIteration:
            self._steps = None
            took_s = time.monotonic() - self._began_at
            self._again_at = time.monotonic() + max(AGAIN_S, _AGAIN_SHARE * took_s)
            return True
        if answer is not None:
            post(Answered(self.asked.slot, self.asked.number, answer))
        return True
