"""The keys that say what one thinks of a trace or a span: star, thumbs, score, note, expected answer, tag."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.text.safe_text import safe_line
from ..evaluation import spoken
from ..state.session import Session
from ..widgets.menu import Menu, MenuItem
from ..widgets.prompt import Prompt
from .file_work import Finished, WorkingScreen
from .subject import Subject

if TYPE_CHECKING:
    from ...store.model.rows import AssessmentRow
    from ...store.write.opinions import Opine, Outcome, SetTag

READ_ONLY = "Nothing is changed: this explorer was started with --read-only"

_WAYS = (
    MenuItem("note", "a note", "n"),
    MenuItem("score", "a score, such as 0.8 or helpful = 0.8", "s"),
    MenuItem("expected", "the answer that was expected", "e"),
    MenuItem("tag", "a tag of the trace: key=value, or key; -key takes it away", "t"),
)


class OpinionActions(WorkingScreen):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    session: Session
    path: Path

    def subject(self) -> Subject | None:
        """Returns what is under the cursor."""
        raise NotImplementedError

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """Returns the assessments of a trace."""
        raise NotImplementedError

    def may_change(self) -> bool:
        """Whether the file may be changed; says why not."""
        if self.session.read_only:
            self.say(READ_ONLY, "warning")
        return not self.session.read_only

    def action_star(self) -> None:
        """Give the trace a star, or take it away."""
        if (subject := self._changeable()) is not None:
            self._tag(subject, None)

    def action_thumb_up(self) -> None:
        """Say that it is good; a second time takes that back."""
        self._thumb(True)

    def action_thumb_down(self) -> None:
        """Say that it is bad; a second time takes that back."""
        self._thumb(False)

    def action_opinion(self) -> None:
        """Write a note, a score, the expected answer or a tag."""
        if (subject := self._changeable()) is not None:
            menu = Menu(f"Say of {subject.shown}", _WAYS)
            self.app.push_screen(menu, lambda way: self._ask(subject, way) if way else None)

    def _changeable(self) -> Subject | None:
        return self.subject() if self.may_change() else None

    def _thumb(self, value: bool) -> None:
        from ...store.write.opinions import THUMB

        if (subject := self._changeable()) is not None:
            word = "Thumb up for" if value else "Thumb down for"
            self._opine(subject, THUMB, value, f"{word} {subject.shown}", toggles=True)

    def _ask(self, subject: Subject, way: str) -> None:
        from ...store.write.opinions import EXPECTED, NOTE, SCORE

        if way == "tag":
            prompt: Prompt[Any] = Prompt(f"Tag {subject.shown}", "", spoken.tag, "key=value, or key, or -key")
            self.app.push_screen(prompt, lambda tag: self._tag(subject, tag) if tag else None)
        elif way == "score":
            now = self._said(subject, SCORE)
            prompt = Prompt(
                f"Score of {subject.shown}  (0.8, helpful = 0.8; empty takes it away)",
                f"{now:g}" if isinstance(now, int | float) and not isinstance(now, bool) else "",
                lambda text: spoken.score(text, SCORE),
                "A number, or a name and a number: helpful = 0.8",
            )
            self.app.push_screen(prompt, lambda one: self._opine(subject, one.name, one.value) if one else None)
        else:
            name, kind = (NOTE, "feedback") if way == "note" else (EXPECTED, "expectation")
            self._ask_for_words(subject, name, kind)  # type: ignore[arg-type]

    def _ask_for_words(self, subject: Subject, name: str, kind: Literal["feedback", "expectation"]) -> None:
        now = self._said(subject, name)
        before = safe_line(now) if isinstance(now, str) else ""
        title = "Note on" if kind == "feedback" else "Expected answer of"

        def write(text: str | None) -> None:
            if text is not None and text != before:  # what was shown of it may not be all of it
                self._opine(subject, name, text or None, kind=kind)

        prompt = Prompt(f"{title} {subject.shown}  (empty takes it away)", before, spoken.words, "That is too long")
        self.app.push_screen(prompt, write)

    def _said(self, subject: Subject, name: str) -> Any:
        person = spoken.person()
        for one in self.assessments(subject.trace):
            if (one.name, one.span_id, one.source_type, one.source_id) == (name, subject.span_id, "HUMAN", person):
                return one.value
        return None

    def _tag(self, subject: Subject, tag: spoken.Named | None) -> None:
        from ...store.write.opinions import STAR, STARRED, SetTag

        name = f"the trace {safe_line(subject.name)}"
        if tag is None:
            edit = SetTag(subject.trace_key, STAR, STARRED, toggles=True)
            self._write(edit, lambda done: f"★ for {name}" if done.now else f"No star any more for {name}")
            return
        edit = SetTag(subject.trace_key, tag.name, None if tag.value is None else str(tag.value))

        def told(done: Outcome) -> str:
            if done.now is None:
                return f"{name} has no tag {tag.name}" if done.was is None else f"Tag {tag.name} taken from {name}"
            return f"Tag {tag.name}={done.now} of {name}"

        self._write(edit, told)

    def _opine(
        self,
        subject: Subject,
        name: str,
        value: Any,
        words: str = "",
        *,
        kind: Literal["feedback", "expectation"] = "feedback",
        toggles: bool = False,
    ) -> None:
        from ...store.write.opinions import Opine

        edit = Opine(
            subject.trace_key,
            name,
            value,
            person=spoken.person(),
            now_ns=self.session.clock_ns,
            span_id=subject.span_id,
            kind=kind,
            toggles=toggles,
        )

        def told(done: Outcome) -> str:
            if done.now is None:
                nothing = f"{subject.shown} has no {name} of yours"
                return nothing if done.was is None else f"{name} taken from {subject.shown}"
            return words or f"{name} written for {subject.shown}"

        self._write(edit, told)

    def _write(self, edit: Opine | SetTag, told: Callable[[Outcome], str]) -> None:
        self.change_file(lambda: _written(self.path, edit, told))


def _written(path: Path, edit: Opine | SetTag, told: Callable[[Outcome], str]) -> Finished:
    from ...store.write.edits import EditRefusedError
    from ...store.write.opinions import edit_file

    try:
        edit_file(path, [edit])
    except EditRefusedError as error:
        return Finished(f"Not written: {error}", "error")
    except OPEN_ERRORS as error:
        return Finished(f"Not written: {explain(path, error)}", "error")
    return Finished(told(edit.outcome))
