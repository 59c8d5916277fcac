"""The application: theme, stylesheet, signals, and what is printed if it fails; the screen does the rest."""

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
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from .. import actions
from ..errors import FAILURE
from ..feed.feed import Feed
from ..widgets.styles import GROUNDS, INKS
from ..widgets.textual_private import ReportingApp
from .hangup import leave_with_terminal
from .output_filter import LineGuard
from .screen import ExplorerScreen
from .theme import TRACETUI

_PALETTE_SCOPE = "screen"


FREEZE_AFTER_S = 0.5
"""By then the first rows are painted."""


class TraceApp(ReportingApp):
    """Explores the trace file at `path`."""

    CSS_PATH = "app.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(INKS | GROUNDS)
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
        """`now_ns` is the clock of what is shown; `feed` makes the reading thread, for which tests post themselves."""
        super().__init__()
        self.path = path
        self._now_ns = now_ns
        self._make_feed = feed
        self.feed: Feed | None = None
        self._guard = LineGuard()
        self.register_theme(TRACETUI)
        if "TEXTUAL_THEME" not in os.environ:
            # Not by assignment: that would have the stylesheet read again as soon as the app runs.
            self.set_reactive(App.theme, TRACETUI.name)
            self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[None]:
        """The explorer."""
        self.feed = self._make_feed(self.path, self._post_to_explorer, self._now_ns)
        self.explorer = ExplorerScreen(self.path, self._now_ns, self.feed)
        return self.explorer

    def _post_to_explorer(self, message: object) -> object:
        return self.explorer.post_message(message)  # type: ignore[arg-type]

    def on_mount(self) -> None:
        """End cleanly when asked to from outside."""
        self.set_timer(FREEZE_AFTER_S, self._settle)
        self._leave_on_signals()

    def _settle(self) -> None:
        # What the import left behind lives as long as the app: the collector need not look at it again. A collection
        # first would hold the screen for 70 ms and find next to nothing.
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
        """Let go of the file."""
        if self.feed is not None:
            self.feed.stop()
        self.explorer.pages.close()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters of every line written; the last one stops what must not reach a terminal."""
        return [*super().get_line_filters(), self._guard]

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: our actions first, then the themes and the rest."""
        if isinstance(screen, ExplorerScreen):
            for one in actions.ACTIONS:
                if one.scope == _PALETTE_SCOPE and one.action not in ("back", "next_pane", "previous_pane"):
                    run = getattr(screen, f"action_{one.action}")
                    yield SystemCommand(f"{one.label}  ({actions.key_name(one.keys)})", one.help, run)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    def fault_report(self, error: BaseException | None) -> Text:
        """The type of the error and the stack, without values: local variables may hold prompts."""
        stack = "".join(traceback.format_tb(error.__traceback__)) if error is not None else ""
        name = type(error).__name__ if error is not None else "error"
        return Text(
            f"tracetui failed ({name}). The stack of its own code, without any of your data:\n{stack}"
            "Please report this. The trace file is unchanged: the explorer only reads it."
        )


def run(path: Path) -> int:
    """Explore the trace file at `path` until the user leaves; the exit code for the shell."""
    leave_with_terminal()
    try:
        app = TraceApp(path)
        app.run()
    finally:
        gc.enable()
    return FAILURE if app.failed else app.return_code or 0
