"""What the screen reads itself, the moment it is drawn: rows in view and one span, on a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ..store import forest
from ..store.forest import Forest
from ..store.reader import AmbiguousIdError, Reader, TraceLabels, TraceNotFoundError
from ..store.rows import AssessmentRow, SpanDetail, TraceRow
from ..store.schema import NotATraceFileError

FAILURES = (OSError, sqlite3.Error, NotATraceFileError)
"""What reading a file that is being replaced can raise; the feed notices too and says so."""


FIRST_TRACES = 512
"""Shown before anything is counted: two views of the largest terminals."""


class PageSource:
    """Short reads for painting: a page of traces costs less than a millisecond. What fails reads as empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: Reader | None = None

    def reopen(self) -> None:
        """Read the file that is there now."""
        self.close()
        try:
            self._reader = Reader(self.path)
        except FAILURES:
            self._reader = None

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def newest_traces(self) -> list[int]:
        """What the list begins with, ascending; nothing where there is no file yet."""
        try:
            return self._reader.newest_traces(FIRST_TRACES) if self._reader is not None else []
        except FAILURES:
            return []

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """The rows of these traces; those that are gone are left out."""
        if self._reader is None or not ids:
            return []
        try:
            first, last = min(ids), max(ids)
            if last - first + 1 == len(ids):
                return self._reader.traces_between(first, last)
            return self._reader.traces(ids)
        except FAILURES:
            return []

    def trace_with(self, trace_id: str) -> int | None:
        """The trace with this id in hex."""
        try:
            return self._reader.find_trace(trace_id) if self._reader is not None else None
        except (*FAILURES, TraceNotFoundError, AmbiguousIdError):
            return None

    def forest(self, trace: int) -> Forest:
        """The spans of a trace; for traces of a few thousand spans, larger ones are built by the feed."""
        try:
            return forest.build(self._reader.spans(trace) if self._reader is not None else ())
        except FAILURES:
            return forest.build(())

    def detail(self, span: int) -> SpanDetail | None:
        """What a span holds beyond its line."""
        try:
            return self._reader.detail(span) if self._reader is not None else None
        except FAILURES:
            return None

    def labels(self, trace: int) -> TraceLabels | None:
        """What people attached to a trace."""
        try:
            return self._reader.labels(trace) if self._reader is not None else None
        except FAILURES:
            return None

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """What was said of a trace and its spans."""
        try:
            return self._reader.assessments(trace) if self._reader is not None else []
        except FAILURES:
            return []
