"""What the host's threads ask of the writer thread, in the order of the spans."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.edits import Edit


class Request:
    """Something for the thread to do when everything queued before it is committed; a flush as it is."""

    def __init__(self) -> None:
        self.done = threading.Event()


class EditRequest(Request):
    """Asks the thread to change what is in the file."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.edit = edit
        self.changed = 0
        """Rows that were changed, once `done` is set."""
