"""The properties of two sets of traces, collected from their rows, spans and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..filter.fields.bind import bound
from ..filter.tree.field_kinds import Field
from ..filter.tree.nodes import Flag, Name, Query, fields, leaves
from ..filter.tree.spelling import in_quotes
from ..model.rows import ERROR, ProcessRow
from ..read.reader import Reader
from . import reading
from .findings import LEAST_DIFFERENCE
from .properties import Column, Property, Value
from .reading import TraceFacts
from .trace_parts import Measure

_OF_THE_QUESTION = {
    Measure.DURATION: r"duration|latency|elapsed|ttft|(^|[._])(ms|time_to_\w+)$|_ms$|_seconds$",
    Measure.TTFT: r"duration|latency|elapsed|ttft|(^|[._])(ms|time_to_\w+)$|_ms$|_seconds$",
    Measure.COST: r"cost|price|usd",
    Measure.TOKENS: r"token",
    Measure.ERRORS: r"error|status|exception|failed|ttft|time_to_first|tokens$|cost|usage|usd|^spans$",
}
"""Fields that say again what is asked, or that follow from it: a call that failed has no tokens."""

_SYMPTOMS = r"chunk|tokens_per|per_second|throughput"
"""What a stream measures of itself is never a cause."""

_MEASURES = {"tokens", "input_tokens", "output_tokens", "cost", "duration", "ttft", "tpot", "tps", "errors", "self"}
"""Fields of a filter that say the same as all fields with the word in their names."""

_MOMENT = re.compile(
    r"(^|[._])(time|timestamp|date|datetime|start|end|started|ended|created)(_?at|_ns|_ms|_unix\w*)?$|_at$"
)
_ID = re.compile(r"(^|[._])(id|uuid|guid|trace_?id|span_?id|request_?id|call_?id|response_?id|run_?id)$", re.IGNORECASE)


SAMPLED_TRACES = 2_000
"""Of each set, where attributes are first looked at in a sample."""


class Properties:
    """Collects the properties of traces, which have numbers from 0 on: those of A first."""

    def __init__(self, asked: Sequence[Query], measure: Measure) -> None:
        named = [name for query in asked for name in fields(query)]
        self._asked: list[Field] = [name.bound for name in named]
        self._words = {name.name.rpartition(".")[2] for name in named} & _MEASURES
        names = {name.name for name in named}
        flags = {leaf.name for query in asked for leaf in leaves(query.root) if isinstance(leaf, Flag)}
        asks_for_errors = measure is Measure.ERRORS or bool(
            flags & {"error", "ok"} or names & {"status", "error", "errors"}
        )
        measures = [measure, *([Measure.ERRORS] if asks_for_errors else [])]
        self._question = re.compile("|".join([_SYMPTOMS, *(_OF_THE_QUESTION[one] for one in measures)]), re.IGNORECASE)
        self._skips_errors = asks_for_errors
        self.tried = 0
        """How many properties told nothing in a sample, and were not looked at further."""
        self._columns: dict[tuple[str, str], Column | None] = {}
        self._failed: dict[str, set[int]] = {}
        self._shapes: dict[tuple[str | None, ...], set[int]] = {}

    def add_traces(self, traces: Sequence[TraceFacts], processes: Mapping[int, ProcessRow]) -> None:
        """Add what the rows of all traces say, in the order of their numbers."""
        of_traces: list[tuple[str, str, Callable[[TraceFacts], Value | None]]] = [
            ("trace", "name", lambda trace: trace.name),
            ("", "session", lambda trace: trace.session_id),
            ("", "user", lambda trace: trace.user_id),
            ("trace", "input_tokens", lambda trace: trace.input_tokens),
            ("trace", "output_tokens", lambda trace: trace.output_tokens),
            ("trace", "cost", lambda trace: trace.cost_usd),
            ("trace", "spans", lambda trace: trace.span_count),
        ]
        if not self._skips_errors:
            of_traces.append(("trace", "status", lambda trace: trace.status))
        for scope, name, value_of in of_traces:
            if (column := self._column(scope, name)) is not None:
                values = enumerate(map(value_of, traces))
                column.add_all((number, value) for number, value in values if value is not None)
        numbers_of: dict[int, set[int]] = {}
        for number, trace in enumerate(traces):
            numbers_of.setdefault(trace.process, set()).add(number)
        for id, numbers in numbers_of.items():
            if (process := processes.get(id)) is not None:
                for name in ("service", "host", "python"):
                    if (column := self._column("resource", name)) is not None:
                        column.add_traces(getattr(process, name), numbers)

    def add_spans(self, number: int, spans: Iterable[tuple[str | None, ...]]) -> None:
        """Add what the spans of a trace are, as columns of `reading.SHAPE`."""
        shapes = self._shapes
        for one in set(spans):
            found = shapes.get(one)
            if found is None:
                shapes[one] = {number}
            else:
                found.add(number)

    def add_label(self, number: int, scope: str, key: str, value: Value | None) -> None:
        """Add a tag, an entry of the metadata, or an assessment."""
        if value is not None and (column := self._column(scope, key)) is not None:
            column.add(number, value)

    def add_attributes(self, reader: Reader, spans: Sequence[tuple[int, int]], of_a: int) -> Iterator[None]:
        """Add all attributes of these spans, as (span.id, number); yields after each attribute.

        Of many traces a sample is looked at first, and an attribute that tells nothing there is not read further.
        """
        ordered = sorted(spans)
        numbers = frozenset(number for _, number in spans)
        sample = _sample(numbers, of_a)
        few = ordered if sample == numbers else [one for one in ordered if one[1] in sample]
        for key, name in reading.attribute_keys(reader):
            if ("", name) not in self._columns and (column := self._new_column(Name("", name))) is not None:
                _fill(column, reader, key, few)
                if few is ordered or self._is_promising(column, sample, of_a):
                    column = self._new_column(Name("", name)) if few is not ordered else column
                    if few is not ordered and column is not None:
                        _fill(column, reader, key, ordered)
                    self._columns["", name] = column
            yield

    def _is_promising(self, column: Column, sample: frozenset[int], of_a: int) -> bool:
        sampled_a = sum(number < of_a for number in sample)
        sampled_b = len(sample) - sampled_a
        tried = 0
        for _, traces in column.properties(sample):
            with_a = sum(number < of_a for number in traces)
            if with_a / sampled_a - (len(traces) - with_a) / sampled_b >= LEAST_DIFFERENCE / 2:
                return True
            tried += 1
        self.tried += tried
        return False

    def all(self, traces: int) -> Iterator[tuple[Property, frozenset[int]]]:
        """Yield every property with the numbers of its traces; `traces` is how many there are."""
        numbers_of_all = frozenset(range(traces))
        for (name, kind, model, response_model, provider, status), numbers in self._shapes.items():
            for field, value in (
                ("model", model),
                ("response_model", response_model),
                ("provider", provider),
                ("name", name),
                ("tool", name if kind == "TOOL" else None),
            ):
                if value is not None and (column := self._column("", field)) is not None:
                    column.add_traces(value, numbers)
            if status == ERROR and name is not None and not self._skips_errors:
                self._failed.setdefault(name, set()).update(numbers)
        for name, failed in self._failed.items():
            yield Property(f"failure in {name}", f"name = {in_quotes(name)} and is:error"), frozenset(failed)
        for column in self._columns.values():
            if column is not None:
                yield from column.properties(numbers_of_all)

    def _column(self, scope: str, name: str) -> Column | None:
        key = (scope, name)
        if key not in self._columns:
            self._columns[key] = self._new_column(Name(scope, name))
        return self._columns[key]

    def _new_column(self, name: Name) -> Column | None:
        last = name.name.rpartition(".")[2]
        if (
            self._question.search(name.name)
            or _MOMENT.search(name.name)
            or _ID.search(name.name)
            or any(word in last for word in self._words)
            or bound(name).bound in self._asked
        ):
            return None
        return Column(name)


def _sample(numbers: frozenset[int], of_a: int) -> frozenset[int]:
    # Evenly over both sets, which are in the order of time.
    chosen: list[int] = []
    for side in (sorted(n for n in numbers if n < of_a), sorted(n for n in numbers if n >= of_a)):
        step = max(1, len(side) // SAMPLED_TRACES)
        chosen += side[::step] if len(side) > 2 * SAMPLED_TRACES else side
    return frozenset(chosen)


def _fill(column: Column, reader: Reader, key: int, spans: Sequence[tuple[int, int]]) -> None:
    number_of = dict(spans)
    values = reading.attribute_values(reader, key, list(number_of))
    column.add_all((number_of[span], value) for span, value in values if span in number_of)
