"""The line below the filter: its error, a suggestion, or completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.assist.completion import Completion
    from ..state.filter_state import FilterState
    from ..widgets.filter_bar import FilterBar

MOST_SHOWN = 8
"""The most completions in the line: the chosen one and those after it."""


class FilterHints:
    """Shows hints below a filter bar, and remembers which completion Tab has chosen."""

    def __init__(self, bar: FilterBar, state: FilterState) -> None:
        self._bar = bar
        self._state = state
        self._choices: Sequence[Completion] = ()
        self._place = 0
        self._before = ""
        self._made: str | None = None

    def show(self, keys: Mapping[str, int]) -> None:
        """Show the hint for the current filter; `keys` are the attributes of the file."""
        from ...store.filter.assist.completion import completions  # as late as the first key typed
        from ...store.filter.assist.suggestions import hints

        state = self._state
        if state.text == self._made:
            self._show_choices(self._choices, self._place, taken=True)
            return
        self._made = None
        if state.error is not None:
            self._bar.show_error(state.error.message, state.error.column, state.error.expected)
        elif state.query is not None and state.text.strip() and (meant := hints(state.query, keys)):
            self._bar.show_hint([("   ".join(meant), "warning")])
        elif self._bar.input.has_focus and state.text and not state.text.endswith(" "):
            offered = completions(state.text, self._bar.input.cursor_position, keys)
            self._show_choices([one for one in offered if one.text != state.text[one.start : one.end]], 0)
        else:
            self._bar.show_hint([])

    def complete(self, keys: Mapping[str, int], step: int = 1) -> None:
        """Replace the word at the cursor by its first completion, or by the next one."""
        from ...store.filter.assist.completion import completions

        state = self._state
        if state.text == self._made and self._choices:
            self._place = (self._place + step) % len(self._choices)
        else:
            self._before, self._place = state.text, 0
            self._choices = completions(state.text, self._bar.input.cursor_position, keys)
            if not self._choices:
                return
        choice = self._choices[self._place]
        self._made = self._before[: choice.start] + choice.text + self._before[choice.end :]
        if self._made == state.text:
            self.show(keys)
        self._bar.set_text(self._made, choice.start + len(choice.text))

    def answer(self, what: str, keys: Mapping[str, int]) -> bool:
        """Handle a key of the filter; returns whether the focus moves to the list."""
        state = self._state
        if what == "submit" or (what == "clear" and not state.text):
            state.remember()
            return True
        if what == "clear":
            state.remember()
            self._bar.set_text("")
        elif what == "complete":
            self.complete(keys)
        elif (text := state.earlier() if what == "older" else state.later()) is not None:
            self._bar.set_text(text)
        return False

    def _show_choices(self, choices: Sequence[Completion], place: int, *, taken: bool = False) -> None:
        first = max(0, min(place, len(choices) - MOST_SHOWN)) if taken else 0
        parts = [("Tab  ", "faint")] if choices else []
        for number, choice in enumerate(choices[first : first + MOST_SHOWN], first):
            parts.append((choice.text, "match" if taken and number == place else "dim"))
            about = f" {choice.count:,}" if choice.count is not None else ""
            parts.append((about + "   ", "faint"))
        self._bar.show_hint(parts)
