"""What the screen reads itself, the moment it is drawn: rows in view and one span, on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ...store.file.errors import FAILURES, EndlessFileError, is_transient
from ...store.model import forest
from ...store.model.forest import Forest
from ...store.model.rows import AssessmentRow, SpanDetail, TraceRow
from ...store.read.reader import Reader, TraceLabels
from ...store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError

_Answer = TypeVar("_Answer")

FIRST_TRACES = 512
"""Shown before anything is counted: two views of the largest terminals."""

LONGEST_S = 2.0
"""For one read, during which the screen stands still."""


class PageSource:
    """Short reads for painting: a page of traces costs less than a millisecond. What fails reads as empty."""

    def __init__(self, path: Path, failed: Callable[[Exception], object] = lambda error: None) -> None:
        """`failed` is told when the file cannot be read."""
        self.path = path
        self._failed = failed
        self._reader: Reader | None = None

    def reopen(self) -> None:
        """Read the file that is there now."""
        self.close()
        try:
            self._reader = Reader(self.path, timeout_s=LONGEST_S)
        except FAILURES:
            self._reader = None

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def newest_traces(self) -> list[int]:
        """What the list begins with, ascending; nothing where there is no file yet."""
        return self._answer(lambda reader: reader.newest_traces(FIRST_TRACES), [])

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """The rows of these traces; those that are gone are left out."""
        if not ids:
            return []
        first, last = min(ids), max(ids)
        if last - first + 1 == len(ids):
            return self._answer(lambda reader: reader.traces_between(first, last), [])
        return self._answer(lambda reader: reader.traces(ids), [])

    def trace_with(self, trace_id: str) -> int | None:
        """The trace with this id in hex."""
        try:
            return self._answer(lambda reader: reader.find_trace(trace_id), None)
        except (TraceNotFoundError, AmbiguousIdError):
            return None

    def forest(self, trace: int) -> Forest:
        """The spans of a trace; for traces of a few thousand spans, larger ones are built by the feed."""
        return forest.build(self._answer(lambda reader: reader.spans(trace), []))

    def detail(self, span: int) -> SpanDetail | None:
        """What a span holds beyond its line."""
        return self._answer(lambda reader: reader.detail(span), None)

    def labels(self, trace: int) -> TraceLabels | None:
        """What people attached to a trace."""
        return self._answer(lambda reader: reader.labels(trace), None)

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """What was said of a trace and its spans."""
        return self._answer(lambda reader: reader.assessments(trace), [])

    def _answer(self, question: Callable[[Reader], _Answer], otherwise: _Answer) -> _Answer:
        if self._reader is None:
            return otherwise
        try:
            return question(self._reader)
        except FAILURES as error:
            if not is_transient(error):
                self._failed(error)
            if isinstance(error, EndlessFileError):
                self.close()  # the screen stands still meanwhile: once is enough
            return otherwise
