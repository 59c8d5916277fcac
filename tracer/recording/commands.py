"""What the host's threads ask of the writer thread, in the order of the spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..host.native_threads import Flag

if TYPE_CHECKING:
    from ...store.write.edits import Edit


class Request:
    """Something for the thread to do when everything queued before it is committed."""

    def __init__(self) -> None:
        self.done = Flag()
        self.is_durable = False
        """Whether all that was recorded before it is in the file, once `done` is set."""

    def answer(self, *, is_durable: bool) -> None:
        """End the wait for it."""
        self.is_durable = is_durable
        self.done.set()


class FlushRequest(Request):
    """Asks the thread to hurry, and whether all is in the file."""


class StopRequest(FlushRequest):
    """Asks the thread to write what is left, close the file and end."""


class EditRequest(Request):
    """Asks the thread to change what is in the file."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit = edit
        self.changed = 0
        """Rows that were changed, once `done` is set."""
