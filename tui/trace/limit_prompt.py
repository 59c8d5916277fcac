"""Asks which spans are small enough to be hidden."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ..state.tree_view import SmallLimit, small_limit


class LimitPrompt(ModalScreen[SmallLimit | None]):
    """One line of input: Enter answers with the limit, Escape with None."""

    BINDINGS = [("escape", "dismiss(None)", "Back")]  # noqa: RUF012 (an instance variable to Textual)

    def __init__(self, text: str) -> None:
        """`text` is the limit to begin with."""
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Yields the question and the input."""
        with Vertical(id="limit"):
            yield Static(Content("Hide spans shorter than  (10ms, 1.5s, 2% of the trace)"))
            yield Input(self._text, id="limit-input", select_on_focus=True)
            yield Static(Content(""), id="limit-error")

    @on(Input.Submitted)
    def _answer(self, message: Input.Submitted) -> None:
        limit = small_limit(message.value)
        if limit is None:
            self.query_one("#limit-error", Static).update(Content("Not a time or a share: try 10ms or 2%"))
        else:
            self.dismiss(limit)
