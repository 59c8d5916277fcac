"""The line below the filter: its error, a suggestion, or completions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..feed.value_questions import CompletionQuestion, KnownValues

if TYPE_CHECKING:
    from ...store.filter.assist.completion import Completion
    from ..feed.asking import Asking
    from ..state.session import Session
    from ..widgets.filter_bar import FilterBar

MOST_SHOWN = 8
"""The most completions in the line: the chosen one and those after it."""


class FilterHints:
    """Shows hints below a filter bar, and remembers which completion Tab has chosen."""

    def __init__(self, bar: FilterBar, session: Session, asking: Asking) -> None:
        self._bar = bar
        self._session = session
        self._state = session.filter
        self._asking = asking
        self._known: dict[str, list[tuple[str, int]]] = {}
        self._asked: dict[str, int] = {}
        """How many traces there were when the values of a field were asked for."""
        self._choices: Sequence[Completion] = ()
        self._place = 0
        self._before = ""
        self._made: str | None = None

    def show(self) -> None:
        """Show the hint for the current filter: an error, what may be meant, or what can follow."""
        from ...store.filter.assist.suggestions import hints, is_unfinished  # as late as the first key typed

        state, has_keys = self._state, self._bar.input.has_focus
        if state.text == self._made and has_keys:
            self._show_choices(self._choices, self._place, taken=True)
            return
        self._made = None
        offered: Sequence[Completion] = ()
        if has_keys and state.text and (state.error is None or is_unfinished(state.text, state.error)):
            offered = [one for one in self._completions() if one.text != state.text[one.start : one.end]]
        if state.error is not None and not offered:
            self._bar.show_error(state.error.message, state.error.column, state.error.expected)
        elif (
            state.error is None
            and state.query is not None
            and state.text.strip()
            and (meant := hints(state.query, self._session.keys))
        ):
            self._bar.show_hint([("   ".join(meant), "warning")])
        elif offered and (state.error is not None or not state.text.endswith(" ")):
            self._show_choices(offered, 0)
        else:
            self._bar.show_hint([])

    def _completions(self) -> Sequence[Completion]:
        from ...store.filter.assist.completion import asked_at, completions

        text, cursor = self._state.text, self._bar.input.cursor_position
        asked = asked_at(text, cursor)
        if asked is not None and self._asked.get(asked) != self._session.total:
            self._asked[asked] = self._session.total
            self._asking.ask("completion", CompletionQuestion(asked), self._take, live=False)
        return completions(text, cursor, self._session.keys, self._known)

    def _take(self, found: KnownValues) -> None:
        before, self._known[found.field] = self._known.get(found.field), found.values
        if found.values != before and self._bar.input.has_focus:
            self.show()

    def complete(self, step: int = 1) -> None:
        """Replace the word at the cursor by its first completion, or by the next one."""
        state = self._state
        if state.text == self._made and self._choices:
            self._place = (self._place + step) % len(self._choices)
        else:
            self._before, self._place = state.text, 0
            self._choices = self._completions()
            if not self._choices:
                return
        choice = self._choices[self._place]
        self._made = self._before[: choice.start] + choice.text + self._before[choice.end :]
        if self._made == state.text:
            self.show()
        self._bar.set_text(self._made, choice.start + len(choice.text))

    def answer(self, what: str) -> bool:
        """Handle a key of the filter; returns whether the focus moves to the list."""
        state = self._state
        if what == "submit" or (what == "clear" and not state.text):
            state.remember()
            return True
        if what == "clear":
            state.remember()
            self._bar.set_text("")
        elif what == "complete":
            self.complete()
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
