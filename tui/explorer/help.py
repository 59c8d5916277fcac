"""The help: all keys on one page, from the table of actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ...store.model.status import STATUS_SIGNS
from .. import actions
from ..document.lines import Line
from ..reading.lines_pane import LinesPane

_EXAMPLES = (
    ("llm.ttft_ms > 500", "a span whose first token took longer than half a second"),
    ("duration > 2s", "a span longer than two seconds"),
    ("is:error  kind = TOOL", "a tool that failed"),
    ("model = gpt-4o*  cost > $0.05", "a gpt-4o model, for more than 5 cents"),
    ("session = s-42", "one conversation"),
    ("kind = LLM | by(model, prompt)", "groups, each with its percentiles, tokens and cost"),
    ("timeout", "the word anywhere in the trace"),
)


_KEY_CELLS = 16


class HelpScreen(ModalScreen[None]):
    """Closed by Escape, q or ?."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q,question_mark", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        """Yields one scrolling page."""
        pane = LinesPane(id="help")
        pane.border_title = "tracetui"
        pane.border_subtitle = "Esc closes"
        yield pane

    def on_mount(self) -> None:
        """Fill the page once its width is known."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        pane = self.query_one(LinesPane)
        pane.show_lines(help_lines())
        pane.focus()


def help_lines() -> Iterator[Line]:
    """Yields the lines of the page."""
    for scope, title in actions.SCOPE_TITLES.items():
        yield Line(title, "title")
        for one in actions.ACTIONS:
            if one.scope == scope:
                yield Line(one.help, "plain", 2, f"{actions.key_names(one.keys):<{_KEY_CELLS}}", "key", _KEY_CELLS)
        yield Line("")
    yield Line("Filters", "title")
    for text, meaning in _EXAMPLES:
        yield Line(meaning, "plain", 2, f"{text:<32}", "string")
    yield Line("")
    from ...store.filter import __doc__ as language  # after the first frame

    for text in (language or "").splitlines()[1:]:
        yield Line(text, "plain" if text.startswith(" ") else "title")
    yield Line("")
    yield Line("Signs", "title")
    for status, glyph in STATUS_SIGNS.items():
        yield Line(_SIGNS[status], "plain", 2, f"{glyph}  ", status.lower())
    yield Line("the time to the first token, then the stream", "plain", 2, "──━━━  ", "llm")


_SIGNS = {
    "OK": "ended well",
    "UNSET": "ended without a status of its own (OpenTelemetry)",
    "ERROR": "ended with an error",
    "CANCELLED": "was cancelled",
    "RUNNING": "is running",
    "LOST": "lost: its process has died, the span will not end",
}
