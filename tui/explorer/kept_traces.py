"""Which traces the keys that keep, delete and export are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..keeping.export_actions import ExportActions
from ..keeping.subject import Subject, subject_at
from .focus import PaneFocus
from .trace_opener import TraceOpener

if TYPE_CHECKING:
    from ...store.model.rows import AssessmentRow, TraceRow
    from ..feed.page_reader import PageSource


class KeptTraces(ExportActions):
    """Tells the actions of `keeping` what is under the cursor."""

    pane_focus: PaneFocus
    trace_opener: TraceOpener
    pages: PageSource

    def search(self) -> None:
        """Search for the filter."""
        raise NotImplementedError

    def subject(self) -> Subject | None:
        """Returns the trace or the span under the cursor."""
        self.trace_opener.open_now()
        return subject_at(self.session.open_trace, self.pane_focus.at)

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """Returns the assessments of a trace."""
        return self.pages.assessments(trace)

    def is_in_list(self) -> bool:
        """Whether the list of traces has the focus."""
        return self.pane_focus.at == "traces"

    def chosen_traces(self) -> list[TraceRow]:
        """Returns the marked traces if the list has the focus, or else the trace under the cursor."""
        marked = list(self.session.marks.traces)
        if marked and self.is_in_list():
            return self.pages.traces(marked)
        subject = self.subject()
        return self.pages.traces([subject.trace]) if subject is not None else []

    def search_again(self) -> None:
        """Search for the filter once more."""
        self.session.filter.ask_again()
        self.search()
