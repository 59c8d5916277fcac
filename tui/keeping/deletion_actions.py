"""The keys that delete traces and bring them back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...store.file.errors import OPEN_ERRORS, explain
from ...store.model.rows import RUNNING
from ...store.model.status import trace_status
from ...store.text.safe_text import safe_line
from .file_work import Finished
from .opinion_actions import OpinionActions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from ...store.model.rows import TraceRow

GRACE_S = 30.0
"""Seconds in which deleted traces can be brought back: until then the file has them."""


class _Deletion(NamedTuple):
    rows: Sequence[TraceRow]
    generation: int
    """The number of the filter at the time."""
    timer: Timer

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.rows]

    @property
    def shown(self) -> str:
        if len(self.rows) == 1:
            return f"the trace {safe_line(self.rows[0].name, max_chars=60)}"
        return f"{len(self.rows):,} traces"


class DeletionActions(OpinionActions):
    """Actions with the scope `screen` of the table `actions`. A subclass has the parts that they use."""

    def __init__(self) -> None:
        super().__init__()
        self._deletions: list[_Deletion] = []

    def chosen_traces(self) -> list[TraceRow]:
        """Returns the marked traces if the list has the focus, or else the trace under the cursor."""
        raise NotImplementedError

    def show_list(self) -> None:
        """Redraw the list from the state."""
        raise NotImplementedError

    def search_again(self) -> None:
        """Search for the filter once more."""
        raise NotImplementedError

    def action_delete(self) -> None:
        """Take traces out of the list, and delete them from the file when the time to bring them back is over."""
        rows = self.chosen_traces() if self.may_change() else []
        if not rows:
            return
        for row in rows:
            if trace_status(row, self.session.gone) == RUNNING:
                self.say(f"Not deleted: {safe_line(row.name, max_chars=60)} is still being written", "warning")
                return
        timer = self.set_timer(GRACE_S, self.delete_oldest_now)
        deletion = _Deletion(rows, self.session.filter.generation, timer)
        self._deletions.append(deletion)
        for trace in deletion.ids:
            self.session.marks.traces.pop(trace, None)
        if self.session.marks.latest is not None and self.session.marks.latest.trace in deletion.ids:
            self.session.marks.latest = None
        self.session.listing.delete(deletion.ids)
        self.show_list()
        until = f"after {GRACE_S:.0f} s, or when you leave, nothing can"
        self.say(f"Deleted {deletion.shown}. U brings back; {until}", "warning")

    def action_undelete(self) -> None:
        """Bring back what was deleted last."""
        if not self._deletions:
            self.say("Nothing to bring back: what was deleted earlier is gone from the file")
            return
        deletion = self._deletions.pop()
        deletion.timer.stop()
        self._show_again(deletion)
        self.say(f"{deletion.shown[:1].upper()}{deletion.shown[1:]} is back" if len(deletion.rows) == 1 else "All back")

    def delete_oldest_now(self) -> None:
        """Delete from the file what was deleted first; it cannot be brought back any more."""
        deletion = self._deletions.pop(0)
        deletion.timer.stop()
        keys = [row.trace_id for row in deletion.rows]
        self.change_file(partial(self._delete, deletion, keys, self.session.gone))

    def forget_deletions(self) -> None:
        """Delete nothing: another file is at the path."""
        for deletion in self._deletions:
            deletion.timer.stop()
        self._deletions.clear()

    def action_quit(self) -> None:
        """Delete what waits to be deleted, then quit."""
        while self._deletions:
            self.delete_oldest_now()
        super().action_quit()

    def _show_again(self, deletion: _Deletion) -> None:
        is_placed = self.session.listing.restore(deletion.ids)
        if not is_placed or deletion.generation != self.session.filter.generation:
            self.search_again()
        self.session.listing.following, self.session.listing.selected = False, deletion.ids[0]
        self.show_list()

    def _delete(self, deletion: _Deletion, keys: Sequence[bytes], gone: frozenset[int]) -> Finished:
        # In the thread of the changes.
        complaint = _deleted(self.path, keys, gone)
        self.app.call_later(self._after, deletion, complaint)
        return Finished(f"Not deleted: {complaint}" if complaint else "", "error")

    def _after(self, deletion: _Deletion, complaint: str) -> None:
        if complaint:
            self._show_again(deletion)
        else:
            self.session.listing.deleted.difference_update(deletion.ids)


def _deleted(path: Path, keys: Sequence[bytes], gone: frozenset[int]) -> str:
    """Delete traces; returns why that failed, or an empty text."""
    from ...store.read.reader import Reader
    from ...store.read.trace_lookup import TraceNotFoundError
    from ...store.write.opinions import refuse_other_layout
    from ...store.write.prune import prune

    try:
        refuse_other_layout(path)
        ids = []
        with Reader(path) as reader:
            for key in keys:
                try:
                    ids.append(reader.find_trace(key.hex()))
                except TraceNotFoundError:
                    continue  # someone else has deleted it
        deleted = prune(path, ids, gone).traces
    except OPEN_ERRORS as error:
        return explain(path, error)
    return "" if deleted == len(ids) else f"{len(ids) - deleted:,} of {len(ids):,} traces are being written again"
