"""Work that outlasts the key that asked for it: changes of the file one after the other, exports beside them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from textual import on
from textual.message import Message
from textual.screen import Screen

from ...store.text.safe_text import safe_line

BRIEFLY_S = 2.5
"""How long a sentence is shown that tells of no trouble: what it says is on the screen as well, or in the file."""


@dataclass
class Finished(Message):
    """A piece of work has ended, with a sentence for the user; an empty one is not shown."""

    sentence: str
    severity: Literal["information", "warning", "error"] = "information"


class WorkingScreen(Screen[None]):
    """Runs work in threads; leaving waits for it."""

    unfinished = 0
    """The pieces of work that have not ended."""
    is_leaving = False
    """Whether the user wants to leave once they have."""

    @cached_property
    def _changes(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, "tracetui-change")

    def change_file(self, change: Callable[[], Finished]) -> None:
        """Run a change of the file after those before it: the keys of a burst count in their order."""
        self.unfinished += 1
        self._changes.submit(self._run, change)

    def work(self, work: Callable[[], Finished]) -> None:
        """Run work that only reads the file."""
        self.unfinished += 1
        self.run_worker(lambda: self._run(work), thread=True)

    def _run(self, work: Callable[[], Finished]) -> None:
        try:
            finished = work()
        except Exception as error:  # a bug of ours: said, and leaving does not wait for ever
            finished = Finished(f"That failed: {type(error).__name__}", "error")
        self.post_message(finished)

    @on(Finished)
    def _finished(self, message: Finished) -> None:
        if message.sentence:
            self.say(message.sentence, message.severity)
        self.unfinished -= 1
        if self.is_leaving and not self.unfinished:
            self.app.exit()

    def action_quit(self) -> None:
        """Quit, after what was asked for has been written; a second time at once."""
        if self.unfinished and not self.is_leaving:
            self.is_leaving = True
            self.say("Leaving when everything is written; q again leaves at once")
        else:
            self.app.exit()

    def say(self, sentence: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Show a sentence for a while."""
        timeout_s = BRIEFLY_S if severity == "information" else None
        self.notify(safe_line(sentence), severity=severity, timeout=timeout_s, markup=False)
