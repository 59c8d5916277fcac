"""Explain why some traces are slower, dearer or wronger than others, step by step.

Anchors: Honeycomb's BubbleUp for what a selection has in common, critical paths (CRISP, USENIX ATC 2022) for where the
time of a request went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..filter.tree.nodes import Query, has_span_set
from ..filter.tree.spelling import unparse
from ..model.forest import NO_PARENT, Forest, build
from ..model.rows import SpanRow
from ..read.reader import Reader
from ..timing.times import known_times
from . import reading
from .collecting import Properties
from .failures import Failure, Failures
from .findings import Finding, findings
from .ledger import Ledger, Totals, ledger
from .paths import Paths
from .quick_parts import PlainPart, quick_duration_parts
from .reading import TraceFacts
from .trace_parts import Measure, Part, parts_of
from .trace_sets import TraceSets, sets_of

FEWEST_TRACES = 20
"""With fewer traces in a set, nothing is sure."""

ERROR_SET_SHARE = 0.99
"""A set is a set of errors if so many of its traces failed, and less than half of the others."""

MOST_MIX_DIFFERENCE = 0.2
"""Sets are not comparable if the shares of a root name or version differ by more (total variation distance)."""

_STEPS_TRACES = 500


class Explanation(NamedTuple):
    """The answer so far; a part that is not known yet is None."""

    measure: Measure
    sets: TraceSets
    spans_ns: tuple[tuple[int, int], tuple[int, int]]
    """The first and the last start of A and of B, in Unix nanoseconds."""
    warnings: tuple[str, ...] = ()
    """Why the answer may not be sure, each as a sentence without a full stop."""
    ledger: Ledger | None = None
    counted: tuple[int, int] = (0, 0)
    """How many traces of A and of B the means of the ledger are of."""
    failures: tuple[Failure, ...] = ()
    failed: tuple[int, int] = (0, 0)
    """How many traces of A and of B have a failed span."""
    findings: tuple[Finding, ...] | None = None
    filters: tuple[str, ...] = ()
    """For each finding the filter that selects its traces of A."""
    trace_ids: tuple[bytes, ...] = ()
    """The ids of the traces, by their numbers."""
    progress: float = 0.0
    """From 0 to 1."""
    is_done: bool = False


class NoTracesError(ValueError):
    """One of the sets is empty; the message says which."""


class Question(NamedTuple):
    """What is asked."""

    first: Query
    second: Query | None = None
    measure: Measure | None = None
    """None: errors if A is a set of errors, otherwise durations."""
    with_ledger: bool = True
    """Of a set of errors the ledger is left out, unless its measure is named."""


def explain(
    reader: Reader, question: Question, *, now_ns: int, gone: frozenset[int], utc: bool = False
) -> Iterator[Explanation | None]:
    """Yield the explanation, more complete with each step; None while the sets are not known.

    Raises NoTracesError, FilterError and PatternError.
    """
    sets: TraceSets | None = None
    for found in sets_of(reader, question.first, question.second, now_ns=now_ns, gone=gone, utc=utc):
        sets = found
        yield None
    assert sets is not None
    if not sets.a.traces:
        raise NoTracesError("no trace matches the filter")
    if not sets.b.traces:
        raise NoTracesError(
            "there is nothing to compare with: "
            + ("no trace matches the filter of --vs" if question.second else "the filter finds all traces of that name")
        )
    yield from _Explainer(reader, question, sets, now_ns, gone).steps()


class _Explainer:
    def __init__(self, reader: Reader, question: Question, sets: TraceSets, now_ns: int, gone: frozenset[int]) -> None:
        self._reader = reader
        self._question = question
        self._processes = reader.processes()
        self._gone = gone
        self._now_ns = now_ns
        facts = [reading.trace_facts(reader, one.traces) for one in sets]
        self._of_a, self._of_b = map(len, facts)
        self._facts: list[TraceFacts] = facts[0] + facts[1]
        self._versions = (Counter[str](), Counter[str]())
        self._number = {trace.id: number for number, trace in enumerate(self._facts)}
        measure = question.measure or self._default_measure()
        bounds = [(min(t.start_ns for t in side), max(t.start_ns for t in side)) for side in facts]
        queries = [question.first, *([question.second] if question.second else [])]
        self._properties = Properties(queries, measure)
        self._now = Explanation(measure, sets, (bounds[0], bounds[1]), trace_ids=tuple(t.trace_id for t in self._facts))
        self._now = self._now._replace(warnings=self._warnings())

    def steps(self) -> Iterator[Explanation]:
        yield self._now
        numbered: list[tuple[int, int]] = []
        for done in self._read_spans(numbered):
            yield self._now._replace(progress=0.6 * done)
        yield self._now._replace(progress=0.6)
        for done in self._read_properties(numbered):
            yield self._now._replace(progress=0.6 + 0.4 * done)
        properties = self._properties
        everything = properties.all(len(self._facts))
        found = findings(everything, self._of_a, self._of_b, tried_before=properties.tried)
        filters = tuple(narrowed(self._question.first, one.property.condition) for one in found)
        yield self._now._replace(
            findings=tuple(found), filters=filters, warnings=self._warnings(), progress=1.0, is_done=True
        )

    def _read_spans(self, numbered: list[tuple[int, int]]) -> Iterator[float]:
        paths, sides, failures = Paths(), (Totals(), Totals()), Failures()
        counted_failures = [0, 0]
        measure = self._now.measure
        wants_ledger = measure is not Measure.ERRORS or self._question.measure is not None
        total = len(self._facts)
        for step, (trace, spans) in enumerate(reading.spans_by_trace(self._reader, [t.id for t in self._facts])):
            number = self._number[trace]
            is_b = number >= self._of_a
            parts: Sequence[Part | PlainPart] | None = None
            if measure is Measure.DURATION:
                parts = quick_duration_parts(map(reading.TIMED, spans), paths)
            if parts is None and (wants_ledger or self._facts[number].error_count):
                forest = build(reading.span_rows(spans))
                if wants_ledger:
                    times = known_times(forest, self._open_end_ns)
                    parts = parts_of(measure, forest, times, _root(forest, self._facts[number]), paths)
                if self._facts[number].error_count:
                    counted_failures[is_b] += 1
                    if not is_b:
                        failures.add(number, forest, self._open_end_ns)
            if parts or (wants_ledger and measure is not Measure.TTFT):
                sides[is_b].add(parts or ())
            self._properties.add_spans(number, map(reading.SHAPE, spans))
            numbered += [(span[0], number) for span in spans]
            if step % _STEPS_TRACES == 0:
                yield step / total
        self._now = self._now._replace(
            ledger=ledger(*sides, paths) if wants_ledger else None,
            counted=(sides[0].traces, sides[1].traces),
            failures=tuple(failures.most_frequent()),
            failed=(counted_failures[0], counted_failures[1]),
        )

    def _read_properties(self, numbered: list[tuple[int, int]]) -> Iterator[float]:
        self._properties.add_traces(self._facts, self._processes)
        yield 0.1
        ids = [trace.id for trace in self._facts]
        for trace_id, scope, key, text in reading.labels(self._reader, ids):
            self._properties.add_label(self._number[trace_id], scope, key, text)
            if (scope, key) == ("metadata", "version"):
                self._versions[self._number[trace_id] >= self._of_a][text] += 1
        for trace_id, kind, name, value in reading.assessments(self._reader, ids):
            if isinstance(value, str | int | float):
                self._properties.add_label(self._number[trace_id], kind, name, value)
        yield 0.3
        keys = max(1, len(reading.attribute_keys(self._reader)))
        for step, _ in enumerate(self._properties.add_attributes(self._reader, numbered, self._of_a)):
            yield 0.3 + 0.7 * step / keys

    def _default_measure(self) -> Measure:
        failed = [
            sum(t.error_count > 0 for t in side) for side in (self._facts[: self._of_a], self._facts[self._of_a :])
        ]
        is_error_set = failed[0] >= ERROR_SET_SHARE * self._of_a and failed[1] < self._of_b / 2
        return Measure.ERRORS if is_error_set else Measure.DURATION

    def _open_end_ns(self, span: SpanRow) -> int:
        process = self._processes.get(span.process)
        if span.process not in self._gone or process is None:
            return self._now_ns
        return process.ended_ns or process.heartbeat_ns

    def _warnings(self) -> tuple[str, ...]:
        found = []
        few = [name for name, size in (("A", self._of_a), ("B", self._of_b)) if size < FEWEST_TRACES]
        if few:
            found.append(f"{' and '.join(few)} have" if len(few) > 1 else f"{few[0]} has")
            found[-1] += f" fewer than {FEWEST_TRACES} traces: too few to be sure"
        names = [Counter(trace.name for trace in side) for side in self._sides()]
        for what, mixes in (("root names", names), ("versions", self._versions)):
            if _mix_difference(*mixes) > MOST_MIX_DIFFERENCE:
                found.append(f"A and B have another mix of {what}")
        for name, side in zip("AB", self._sides(), strict=True):
            if still_open := sum(t.open_count > 0 for t in side):
                found.append(f"{still_open:,} of {name} are running or lost: their times so far are lower bounds")
            if self._now.measure is Measure.COST and (without := sum(bool(t.calls_without_price) for t in side)):
                found.append(f"{without:,} of {name} have calls without a price: their costs are lower bounds")
        return tuple(found)

    def _sides(self) -> tuple[list[TraceFacts], list[TraceFacts]]:
        return self._facts[: self._of_a], self._facts[self._of_a :]


def narrowed(query: Query, condition: str) -> str:
    """Return the filter for the traces of `query` that also fit `condition`; stages are left out."""
    if query.root is None:
        return condition
    before = unparse(Query(query.root))
    if has_span_set(query.root):
        return f"({before}) and {{{condition}}}" if not condition.startswith("not {") else f"({before}) and {condition}"
    return f"{{{before}}} and {condition}" if condition.startswith("not {") else f"{{{before}}} and {{{condition}}}"


def _mix_difference(one: Counter[str], other: Counter[str]) -> float:
    # The total variation distance of two distributions.
    sizes = one.total() or 1, other.total() or 1
    return sum(abs(one[key] / sizes[0] - other[key] / sizes[1]) for key in one | other) / 2


def _root(forest: Forest, trace: TraceFacts) -> int:
    """The position of the root: that of the trace, or the first without a parent."""
    if trace.root is not None and (place := forest.index_of_row.get(trace.root)) is not None:
        return place if forest.parent_index[place] == NO_PARENT else 0
    return 0
