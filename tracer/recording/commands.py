"""Commands from the host's threads to the writer thread, queued among the spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host.native_threads import Flag

if TYPE_CHECKING:
    from ...store.write.edits import Edit


class Command:
    """Something that the writer thread does when everything queued before it is committed."""

    def __init__(self) -> None:
        self.done = Flag()
        self.is_durable = False
        """Whether all that was recorded before the command is in the file; valid when `done` is set."""

    def answer(self, *, is_durable: bool) -> None:
        """End the wait for the command."""
        self.is_durable = is_durable
        self.done.set()


class Flush(Command):
    """Write at once, and answer whether everything is in the file."""


class Stop(Flush):
    """Write what is left, close the file, and end the thread."""


class ApplyEdit(Command):
    """Change what is in the file."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit = edit
        self.changed = 0
        """Rows changed when `done` was set. While the file has a fault the edit waits, and `done` is set at once."""
