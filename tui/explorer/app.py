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
from ..frame.remembered import Remembered
from ..reading.lines_pane import LinesPane
from ..settings.places import memory_path, settings_path
from ..settings.settings import Settings, read_settings
from ..widgets.styles import BACKGROUNDS, TEXT_STYLES
from ..widgets.textual_private import ReportingApp
from .hangup import leave_with_terminal
from .output_filter import NO_COLOURS, OutputFilter
from .screen import ExplorerScreen
from .theme import TRACETUI, TRACETUI_LIGHT, theme_of_terminal

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
        settings: Settings | None = None,
        memory_file: Path | None = None,
        read_only: bool = False,
    ) -> None:
        """`now_ns` is the clock; `feed` makes the reader thread, which tests replace by posting messages.

        `memory_file` is where the explorer remembers how it was left. With `read_only` no key changes the trace file.
        """
        super().__init__()
        self.path = path
        self._now_ns = now_ns
        self._make_feed = feed
        self.feed: Feed | None = None
        self._output_filter = OutputFilter()
        self._read_only = read_only
        self.remembered = Remembered(settings or Settings(), memory_file)
        for theme in (TRACETUI, TRACETUI_LIGHT):
            self.register_theme(theme)
        if "TEXTUAL_THEME" not in os.environ:
            # Assigning `theme` would make Textual parse the stylesheet again when the app starts.
            self.set_reactive(App.theme, self._theme_to_begin_with())
            self.stylesheet.set_variables(self.get_css_variables())
        actions.use_keymap(self.remembered.settings.keymap)
        self.set_keymap(self.remembered.settings.keymap)

    def _theme_to_begin_with(self) -> str:
        name = self.remembered.theme
        return name if name in self.available_themes else theme_of_terminal(os.environ)

    def get_default_screen(self) -> Screen[None]:
        """Returns the explorer's screen."""
        self.feed = self._make_feed(self.path, self._post_to_explorer, self._now_ns)
        self.explorer = ExplorerScreen(self.path, self._now_ns, self.feed, self.remembered)
        self.explorer.session.read_only = self._read_only
        return self.explorer

    def _post_to_explorer(self, message: object) -> object:
        return self.explorer.post_message(message)  # type: ignore[arg-type]

    def on_mount(self) -> None:
        """Resume garbage collection after the first frame, and exit on SIGTERM and SIGHUP."""
        self.set_timer(FREEZE_AFTER_S, self._resume_gc)
        self._leave_on_signals()
        # Textual draws nothing by itself after Ctrl-Z and `fg`.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

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
        self.remembered.keep()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters of written lines, and ours: of unsafe characters, and of colours where none are wanted."""
        if self.no_color:
            return [self._output_filter, NO_COLOURS]  # Textual's own filter leaves greys and backgrounds
        return [*super().get_line_filters(), self._output_filter]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: our actions, then a screenshot."""
        if isinstance(screen, ExplorerScreen):
            for one in actions.ACTIONS:
                if one.scope == _PALETTE_SCOPE and one.action not in ("back", "next_pane", "previous_pane"):
                    run = getattr(screen, f"action_{one.action}")
                    yield SystemCommand(f"{one.label}  ({actions.key_name(one.keys)})", one.help, run)
        yield SystemCommand("Screenshot", "Save the screen as SVG in the current directory", self._take_screenshot)

    def _take_screenshot(self) -> None:
        try:
            saved = self.save_screenshot(path=str(Path.cwd()))
        except OSError as error:
            self.notify(f"No screenshot: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"Saved {safe_line(saved)}", markup=False)

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
            "Please report this. The trace file is whole: each change of it is one transaction."
        )


def run(path: Path, *, read_only: bool = False) -> int:
    """Run the explorer on the trace file at `path` with the settings of the user; returns the exit code."""
    leave_with_terminal()
    try:
        settings = read_settings(settings_path())
        app = TraceApp(path, settings=settings, memory_file=memory_path(path), read_only=read_only)
        app.run()
    finally:
        gc.enable()
    return FAILURE if app.failed else app.return_code or 0
