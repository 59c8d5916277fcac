"""What the explorer starts with, from the settings and from what it remembers of the file; and keeping it."""

from __future__ import annotations

from pathlib import Path

from ..settings.memory import Memory, View, read_memory, write_memory
from ..settings.settings import Settings
from ..state.session import Session
from ..widgets.trace_list import TraceList
from .list_controls import ListControls
from .pane_sizes import PaneSizes


class Remembered:
    """Restores how the explorer was left, and writes it down."""

    def __init__(self, settings: Settings, memory_file: Path | None) -> None:
        """Nothing is remembered without `memory_file`."""
        self.settings = settings
        self._file = memory_file if settings.remembers else None
        self.memory = read_memory(self._file) if self._file is not None else Memory()
        self._parts: tuple[Session, TraceList, ListControls, PaneSizes] | None = None

    @property
    def theme(self) -> str:
        """The name of the theme to begin with; `auto` for that of the terminal."""
        return self.memory.theme or self.settings.theme

    def restore(self, session: Session, trace_list: TraceList, controls: ListControls, sizes: PaneSizes) -> None:
        """Show the list and the panes as they were left, or else as the settings say."""
        memory, settings = self.memory, self.settings
        session.utc = trace_list.utc = settings.utc
        trace_list.relative = settings.relative if memory.relative is None else memory.relative
        sizes.shares = memory.shares or settings.shares
        session.filter.recall(memory.filters)
        sizes.apply()
        controls.show_view(memory.view or View(list(settings.columns.keys)))
        self._parts = session, trace_list, controls, sizes

    def name_view(self, name: str) -> None:
        """Keep the columns and the order under a name."""
        if self._parts is not None:
            self.memory.views[name] = self._parts[2].view
            self.keep()

    def keep_theme(self, theme: str) -> None:
        """Write down the theme that the user has chosen."""
        self.memory.theme = theme if theme != self.settings.theme else None
        self.keep()

    def keep(self) -> None:
        """Write down how everything is shown, where it differs from the settings."""
        if self._parts is None:
            return
        session, trace_list, controls, sizes = self._parts
        settings, memory = self.settings, self.memory
        memory.view = controls.view if controls.view != View(list(settings.columns.keys)) else None
        memory.shares = sizes.shares if sizes.shares != settings.shares else None
        memory.relative = trace_list.relative if trace_list.relative != settings.relative else None
        memory.filters = session.filter.history
        if self._file is not None and (self._file.exists() or memory != Memory()):
            write_memory(self._file, memory)
