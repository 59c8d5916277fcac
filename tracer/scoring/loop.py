"""Score the traces that match a filter, each with each scorer once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...store.filter import Query
from ...store.model.rows import RUNNING, TraceRow
from ...store.model.status import trace_status
from ...store.read.reader import Reader
from ...store.read.search import find, matching_among
from ...store.read.tail import Kind, Tail
from ..compat.assessments import log_assessment
from ..entities.assessment import Feedback
from ..entities.trace import Trace
from ..read.from_rows import trace_of
from ..recording import process_recorder
from .apply import assessment_id, score
from .scorer import Scorer

SCORED_TRACE = "tracetui.scored_trace"
"""The tag of a trace of what a scorer did; it is not scored itself."""

_AT_ONCE = 64
_FLUSH_S = 30.0


class Tally:
    """What the scorers said, for the summary."""

    def __init__(self) -> None:
        self.traces = 0
        self.said: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()

    def add(self, feedback: Feedback) -> None:
        """Count one piece of feedback."""
        self.said[feedback.name] += 1
        if feedback.error is not None:
            self.errors[feedback.name] += 1
        elif isinstance(feedback.value, bool | int | float):
            self.sums[feedback.name] += feedback.value  # type: ignore[assignment]
            self.numbers[feedback.name] += 1

    def lines(self) -> Iterator[str]:
        """Return a line for each name: how often, the mean of numbers and the share of true, errors."""
        for name, count in sorted(self.said.items()):
            mean = f", mean {self.sums[name] / self.numbers[name]:.3g}" if self.numbers[name] else ""
            errors = f", {self.errors[name]:,} failed" if self.errors[name] else ""
            yield f"{name}: {count:,}{mean}{errors}"


class Scoring:
    """Applies scorers to the traces of a file, in several threads."""

    def __init__(
        self,
        path: Path,
        query: Query,
        scorers: Sequence[Scorer],
        *,
        jobs: int,
        around: Callable[[Scorer, Trace, Callable[[], list[Feedback]]], list[Feedback]],
    ) -> None:
        """`around` runs what scores a trace: with tracing switched off, or recorded apart."""
        self._path = path
        self._query = query
        self._scorers = scorers
        self._around = around
        self._jobs = jobs
        self.tally = Tally()

    def score_stored(self) -> None:
        """Score the finished traces in the file, newest first."""
        with Reader(self._path) as reader, ThreadPoolExecutor(self._jobs) as pool:
            gone = reader.gone_processes(time.time_ns())
            for batch in find(reader, self._query, now_ns=time.time_ns(), gone=gone):
                for start in range(0, len(batch), _AT_ONCE):
                    self._score(reader, batch[start : start + _AT_ONCE], gone, pool)

    def follow(self, stop: threading.Event) -> None:
        """Score traces as they end, until `stop` is set."""
        rev = 0
        following = Tail(self._path, stop, most_per_second=4)
        with ThreadPoolExecutor(self._jobs) as pool:
            for change in following:
                reader = following.reader
                if reader is None:
                    continue
                if change.kind in (Kind.OPENED, Kind.REPLACED):
                    rev = 0
                now = reader.rev()
                changed = reader.changed_traces(rev)
                rev = now
                gone = reader.gone_processes(time.time_ns())
                for start in range(0, len(changed), _AT_ONCE):
                    some = changed[start : start + _AT_ONCE]
                    matching = matching_among(reader, self._query, some, now_ns=time.time_ns(), gone=gone)
                    self._score(reader, matching, gone, pool)

    def _score(self, reader: Reader, ids: Sequence[int], gone: frozenset[int], pool: ThreadPoolExecutor) -> None:
        work: list[tuple[Trace, list[Scorer]]] = []
        for row in reader.traces(ids):
            missing = self._missing(reader, row, gone)
            if missing:
                work.append((trace_of(reader, row, gone), missing))
        for trace_id, feedback in pool.map(self._apply, work):
            self.tally.traces += 1
            for one in feedback:
                log_assessment(trace_id, one)
                self.tally.add(one)
        if work:
            process_recorder.get().flush(_FLUSH_S)

    def _missing(self, reader: Reader, row: TraceRow, gone: frozenset[int]) -> list[Scorer]:
        """Return the scorers that have said nothing of a finished trace in their present version."""
        if trace_status(row, gone) == RUNNING:
            return []
        labels = reader.labels(row.id)
        if labels is not None and SCORED_TRACE in labels.tags:
            return []
        known = {one.assessment_id for one in reader.assessments(row.id)}
        return [one for one in self._scorers if assessment_id(one, row.trace_id.hex()) not in known]

    def _apply(self, work: tuple[Trace, Iterable[Scorer]]) -> tuple[str, list[Feedback]]:
        trace, scorers = work
        said: list[Feedback] = []
        for one in scorers:
            said += self._around(one, trace, lambda one=one: score(one, trace))  # type: ignore[misc]
        return trace.trace_id, said
