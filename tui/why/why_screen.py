"""What makes the filtered traces slow, dear or wrong, on one page that fills while the file is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.worker import get_current_worker

from ...store.explain.explanation import Explanation, NoTracesError, Question, explain
from ...store.file.errors import OPEN_ERRORS
from ...store.file.errors import explain as explain_error
from ...store.filter.tree.nodes import Query
from ...store.filter.values.patterns import PatternError
from ...store.read.reader import Reader
from ...store.text.safe_text import safe_line
from .. import actions
from ..document.lines import Line
from ..handoff.copies import Choice
from ..handoff.files import Taken
from ..reading.lines_pane import LinesPane
from ..reading.text_screen import TextScreen
from .why_lines import why_lines


class WhyScreen(TextScreen[str]):
    """Explains the traces of a filter; closes with the filter of the line that the user chose."""

    BINDINGS: ClassVar[list[BindingType]] = actions.bindings("why")

    @dataclass
    class Explained(Message):
        """A part of the explanation is known."""

        explanation: Explanation

    @dataclass
    class Failed(Message):
        """There is no explanation."""

        reason: str

    def __init__(self, path: Path, query: Query, now_ns: Callable[[], int], *, utc: bool) -> None:
        super().__init__("Why", LinesPane(id="why-lines"), "why")
        self._path = path
        self._query = query
        self._now_ns = now_ns
        self._utc = utc
        self.explanation: Explanation | None = None

    def on_mount(self) -> None:
        """Begin to read."""
        self.pane.focus()
        self.pane.empty_text = "finding the traces …"
        self.run_worker(self._explain, thread=True, exclusive=True)

    def _explain(self) -> None:
        worker = get_current_worker()
        shown = -1
        try:
            with Reader(self._path) as reader:
                now_ns = self._now_ns()
                gone = reader.gone_processes(now_ns)
                for found in explain(reader, Question(self._query), now_ns=now_ns, gone=gone, utc=self._utc):
                    if worker.is_cancelled:
                        return
                    step = -1 if found is None else int(10 * found.progress) + found.is_done
                    if found is not None and step != shown:
                        shown = step
                        self.post_message(self.Explained(found))
        except (NoTracesError, PatternError) as error:
            self.post_message(self.Failed(str(error)))
        except OPEN_ERRORS as error:
            self.post_message(self.Failed(explain_error(self._path, error)))

    @on(Explained)
    def _explained(self, message: Explained) -> None:
        self.explanation = message.explanation
        lines = why_lines(message.explanation, now_ns=self._now_ns(), utc=self._utc)
        self.pane.show_lines(lines, keep_place=True)

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        self.pane.show_lines([Line(safe_line(message.reason), "warning")])

    def action_apply(self) -> None:
        """Filter by the line under the cursor."""
        part = self._row().part if self.pane.rows else None
        if isinstance(part, str):
            self.dismiss(part)
        else:
            self.notify("No filter stands for this line: go to one of what they have in common", markup=False)

    def leaf(self) -> Taken | None:
        """Returns the filter of the line under the cursor, or its text."""
        if not self.pane.rows:
            return None
        row = self._row()
        return Taken("Filter", row.part) if isinstance(row.part, str) else Taken("Line", row.lead + row.text)

    def whole(self) -> Taken | None:
        """Returns the whole page."""
        return Taken("Why", "\n".join(" " * row.indent + row.lead + row.text for row in self.pane.rows))

    def choices(self) -> Sequence[Choice]:
        """Returns nothing beside the line and the page."""
        return ()

    def _row(self) -> Line:
        return self.pane.rows[self.pane.cursor]
