"""The short reads that the screen makes itself while it is drawn: visible rows and one span, on its own connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...store.file.errors import OPEN_ERRORS, EndlessFileError, is_transient
from ...store.model import forest
from ...store.model.forest import Forest
from ...store.model.rows import AssessmentRow, SpanDetail, TraceRow
from ...store.read import trace_columns
from ...store.read.reader import Reader, TraceLabels
from ...store.read.trace_columns import Filled
from ...store.read.trace_lookup import AmbiguousIdError, TraceNotFoundError

_Answer = TypeVar("_Answer")

FIRST_TRACES = 512
"""Traces that the first frame lists, before the traces are counted: two screens of a large terminal."""

LONGEST_S = 2.0
"""The most seconds that a read waits for a lock: the screen is blocked meanwhile."""


class PageSource:
    """Short reads for painting: a page of traces takes less than a millisecond. A failed read returns nothing."""

    def __init__(self, path: Path, failed: Callable[[Exception], object] = lambda error: None) -> None:
        """`failed` is called with the error when a read fails."""
        self.path = path
        self._failed = failed
        self._reader: Reader | None = None

    def reopen(self) -> None:
        """Open the file that is at the path now."""
        self.close()
        try:
            self._reader = Reader(self.path, timeout_s=LONGEST_S)
        except OPEN_ERRORS:
            self._reader = None

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def newest_traces(self) -> list[int]:
        """Returns the ids of the newest traces in ascending order; none if there is no file."""
        return self._answer(lambda reader: reader.newest_traces(FIRST_TRACES), [])

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """Returns the rows of these traces, without those that were deleted."""
        if not ids:
            return []
        first, last = min(ids), max(ids)
        if last - first + 1 == len(ids):
            return self._answer(lambda reader: reader.traces_between(first, last), [])
        return self._answer(lambda reader: reader.traces(ids), [])

    def filled_columns(self, first: int, last: int) -> Filled:
        """Returns which columns the traces with first <= id <= last fill."""
        return self._answer(lambda reader: trace_columns.filled_between(reader, first, last), Filled())

    def column_values(self, key: str, ids: Sequence[int]) -> Mapping[int, Any]:
        """Returns the values of a column that is not in the row of a trace."""
        return self._answer(lambda reader: trace_columns.values_of(reader, key, ids), {})

    def trace_with(self, trace_id: str) -> int | None:
        """Returns the row id of the trace with this hex id."""
        try:
            return self._answer(lambda reader: reader.find_trace(trace_id), None)
        except (TraceNotFoundError, AmbiguousIdError):
            return None

    def forest(self, trace: int) -> Forest:
        """Returns the spans of a trace with up to a few thousand spans; the feed reads larger ones."""
        return forest.build(self._answer(lambda reader: reader.spans(trace), []))

    def detail(self, span: int) -> SpanDetail | None:
        """Returns the inputs, outputs, events and attributes of a span."""
        return self._answer(lambda reader: reader.detail(span), None)

    def labels(self, trace: int) -> TraceLabels | None:
        """Returns the tags and metadata of a trace."""
        return self._answer(lambda reader: reader.labels(trace), None)

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """Returns the assessments of a trace and its spans."""
        return self._answer(lambda reader: reader.assessments(trace), [])

    def _answer(self, question: Callable[[Reader], _Answer], otherwise: _Answer) -> _Answer:
        if self._reader is None:
            return otherwise
        try:
            return question(self._reader)
        except OPEN_ERRORS as error:
            if not is_transient(error):
                self._failed(error)
            if isinstance(error, EndlessFileError):
                self.close()  # the screen stands still meanwhile: once is enough
            return otherwise
