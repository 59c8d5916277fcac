"""The application: theme, stylesheet, signals, and the report of a fault. The screen does the rest."""

from __future__ import annotations

import gc
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from ...store.file.errors import OPEN_ERRORS
from ...store.read.reader import Reader
from ...store.text.safe_text import safe_line
from .. import actions
from ..errors import FAILURE
from ..feed.feed import Feed
from ..reading.lines_pane import LinesPane
from ..widgets.styles import BACKGROUNDS, TEXT_STYLES
from ..widgets.textual_private import ReportingApp
from .hangup import leave_with_terminal
from .output_filter import OutputFilter
from .screen import ExplorerScreen
from .theme import TRACETUI

_PALETTE_SCOPE = "screen"

FREEZE_AFTER_S = 0.5
"""Seconds from the start until garbage collection resumes: the first rows are painted by then."""


class TraceApp(ReportingApp):
    """Explores the trace file at `path`."""

    CSS_PATH = "app.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(TEXT_STYLES | BACKGROUNDS)
    TITLE = "tracetui"
    PAUSE_GC_ON_SCROLL = True
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+q", "quit", "Quit"), ("ctrl+c", "quit", "Quit")]

    def __init__(
        self,
        path: Path,
        *,
        now_ns: Callable[[], int] = time.time_ns,
        feed: Callable[[Path, Callable[..., object], Callable[[], int]], Feed | None] = Feed,
    ) -> None:
        """`now_ns` is the clock; `feed` makes the reader thread, which tests replace by posting messages."""
        super().__init__()
        self.path = path
        self._now_ns = now_ns
        self._make_feed = feed
        self.feed: Feed | None = None
        self._output_filter = OutputFilter()
        self.register_theme(TRACETUI)
        if "TEXTUAL_THEME" not in os.environ:
            # Assigning `theme` would make Textual parse the stylesheet again when the app starts.
            self.set_reactive(App.theme, TRACETUI.name)
            self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[None]:
        """Returns the explorer's screen."""
        self.feed = self._make_feed(self.path, self._post_to_explorer, self._now_ns)
        self.explorer = ExplorerScreen(self.path, self._now_ns, self.feed)
        return self.explorer

    def _post_to_explorer(self, message: object) -> object:
        return self.explorer.post_message(message)  # type: ignore[arg-type]

    def on_mount(self) -> None:
        """Resume garbage collection after the first frame, and exit on SIGTERM and SIGHUP."""
        self.set_timer(FREEZE_AFTER_S, self._resume_gc)
        self._leave_on_signals()

    def _resume_gc(self) -> None:
        # Imported objects live as long as the app: freeze them, so that no collection visits them. A collection before
        # the freeze would block the screen for 70 ms and free next to nothing.
        gc.freeze()
        gc.enable()

    def _leave_on_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                try:
                    loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))
                except (NotImplementedError, RuntimeError, ValueError):
                    return  # Windows, or not the main thread

    def on_unmount(self) -> None:
        """Stop the reader thread and close the file."""
        if self.feed is not None:
            self.feed.stop()
        self.explorer.pages.close()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters of written lines, and ours, which blanks unsafe characters."""
        return [*super().get_line_filters(), self._output_filter]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: our actions, then Textual's themes and screenshot."""
        if isinstance(screen, ExplorerScreen):
            for one in actions.ACTIONS:
                if one.scope == _PALETTE_SCOPE and one.action not in ("back", "next_pane", "previous_pane"):
                    run = getattr(screen, f"action_{one.action}")
                    yield SystemCommand(f"{one.label}  ({actions.key_name(one.keys)})", one.help, run)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    @on(LinesPane.ImageAsked)
    def _image_asked(self, message: LinesPane.ImageAsked) -> None:
        if message.media is None:
            self.notify("No image in this text", markup=False)
        elif message.media.kind != "image":
            self.notify(f"The {safe_line(message.media.kind)} cannot be shown", markup=False)
        else:
            from ..reading.image_screen import ImageScreen

            self.push_screen(ImageScreen(message.media, self._attachment))

    def _attachment(self, id: str) -> bytes | None:
        try:
            with Reader(self.path) as reader:
                found = reader.attachment(id)
        except OPEN_ERRORS:
            return None
        return found[1] if found else None

    def fault_report(self, error: BaseException | None) -> Text:
        """The type of the error and the stack, without values: local variables may hold prompts."""
        stack = "".join(traceback.format_tb(error.__traceback__)) if error is not None else ""
        name = type(error).__name__ if error is not None else "error"
        return Text(
            f"tracetui failed ({name}). The stack of its own code, without any of your data:\n{stack}"
            "Please report this. The trace file is unchanged: the explorer only reads it."
        )


def run(path: Path) -> int:
    """Run the explorer on the trace file at `path`; returns the exit code."""
    leave_with_terminal()
    try:
        app = TraceApp(path)
        app.run()
    finally:
        gc.enable()
    return FAILURE if app.failed else app.return_code or 0
