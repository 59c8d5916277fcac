"""Screens from which texts are taken: copied, saved, opened in the pager or the editor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.app import SuspendNotSupported
from textual.screen import Screen

from ...store.file.errors import OPEN_ERRORS
from ...store.text import format
from ...store.text.safe_text import safe_line
from ..widgets.menu import Menu, MenuItem

if TYPE_CHECKING:
    from ..handoff.clipboard import Copied
    from ..handoff.copies import Choice
    from ..handoff.files import Taken

Result = TypeVar("Result")

find_program: Callable[[str], str | None] = shutil.which
"""Looks for a program by its name; tests replace it."""


class TakingScreen(Screen[Result], Generic[Result]):
    """The actions `copy`, `copy_menu`, `save`, `pager` and `editor`, of what a subclass says is under the cursor."""

    def leaf(self) -> Taken | None:
        """Returns the smallest value under the cursor."""
        raise NotImplementedError

    def whole(self) -> Taken | None:
        """Returns the whole value under the cursor."""
        raise NotImplementedError

    def choices(self) -> Sequence[Choice]:
        """Returns what the menu offers to copy."""
        raise NotImplementedError

    def action_copy(self) -> None:
        """Copy the leaf of JSON, the text or the message under the cursor."""
        if (taken := self.leaf()) is not None:
            self.take(taken.title, lambda: taken.text)

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        choices = {choice.key: choice for choice in self.choices()}

        def copy(key: str | None) -> None:
            if key is not None:
                self.take(choices[key].title, choices[key].text)

        if choices:
            items = [MenuItem(choice.key, choice.title, choice.key) for choice in choices.values()]
            self.app.push_screen(Menu("Copy", items), copy)

    def take(self, title: str, make: Callable[[], str | None]) -> None:
        """Make a text and copy it, both in a thread: a large trace takes its time, and so does a slow program."""
        self.run_worker(lambda: self._take(title, make), thread=True, exclusive=True, group="taking")

    def _take(self, title: str, make: Callable[[], str | None]) -> None:
        try:
            text = make()
        except OPEN_ERRORS as error:
            self.app.call_from_thread(self._say, f"Not copied: {error}", "error")
            return
        if text is None:
            self.app.call_from_thread(self._say, f"Nothing to copy: {title}", "warning")
            return

        from ..handoff.clipboard import copy_text, run_program

        def send(text: str) -> None:
            self.app.call_from_thread(self.app.copy_to_clipboard, text)

        copied = copy_text(text, os.environ, find_program, run_program, send)
        self.app.call_from_thread(self._say, *what_was_copied(title, text, copied))

    def action_save(self) -> None:
        """Write the whole value to a new file in the current directory."""
        from ..handoff.files import save

        if (taken := self.whole()) is None:
            return
        try:
            path = save(taken, Path.cwd())
        except OSError as error:
            self._say(f"Not written: {error.strerror or error}", "error")
        else:
            self._say(f"{format.size(len(taken.text))} written to {path.name} in {path.parent}")

    def action_pager(self) -> None:
        """Open the whole value in the pager."""
        from ..handoff.files import pager

        self._open(pager(os.environ, find_program), "$PAGER is not set, and neither less nor more is installed")

    def action_editor(self) -> None:
        """Open a copy of the whole value in the editor."""
        from ..handoff.files import editor

        self._open(editor(os.environ, find_program), "$EDITOR is not set, and neither nano nor vi is installed")

    def _open(self, command: list[str], complaint: str) -> None:
        from ..handoff.files import open_with

        if (taken := self.whole()) is None:
            return
        if not command:
            self._say(complaint, "error")
            return
        try:
            trouble = open_with(command, taken, self.app.suspend)
        except SuspendNotSupported:
            trouble = "This terminal cannot be given to another program"
        if trouble:
            self._say(trouble, "error")
        self.refresh(layout=True)

    def _say(self, text: str, severity: Any = "information") -> None:
        self.notify(safe_line(text), severity=severity, markup=False)


def what_was_copied(title: str, text: str, copied: Copied) -> tuple[str, str]:
    """Returns the notification of a copy, and its severity."""
    from ...store.outline.budget import token_count

    size = format.size(len(text.encode("utf-8", "replace")))
    if copied.is_too_large:
        return f"{title}: {size} is more than terminals take. W writes the value to a file", "warning"
    tokens = token_count(text)
    about = f", about {format.tokens(tokens)} tokens" if tokens >= 100 else ""
    return f"{title} ({size}{about}) {copied.what}", "information"
