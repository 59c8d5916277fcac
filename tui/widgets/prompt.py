"""Asks for one line of text over the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ...store.text.safe_text import safe_line

Answer = TypeVar("Answer")


class Prompt(ModalScreen[Answer | None], Generic[Answer]):
    """One line of input: Enter answers with what the text means, Escape with None."""

    BINDINGS = [("escape", "dismiss(None)", "Back")]  # noqa: RUF012 (an instance variable to Textual)

    def __init__(self, question: str, text: str, meaning: Callable[[str], Answer | None], complaint: str) -> None:
        """`text` is what to begin with. `meaning` returns None for a text that is refused with `complaint`."""
        super().__init__()
        self._question = question
        self._text = text
        self._meaning = meaning
        self._complaint = complaint

    def compose(self) -> ComposeResult:
        """Yields the question and the input."""
        with Vertical(id="prompt"):
            yield Static(Content(safe_line(self._question)))
            yield Input(safe_line(self._text), id="prompt-input", select_on_focus=True)
            yield Static(Content(""), id="prompt-error")

    @on(Input.Submitted)
    def _answer(self, message: Input.Submitted) -> None:
        answer = self._meaning(message.value)
        if answer is None:
            self.query_one("#prompt-error", Static).update(Content(self._complaint))
        else:
            self.dismiss(answer)
