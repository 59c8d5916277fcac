"""Spans and values of many traces, read column by column in large steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from ..model import decoding
from ..model.rows import SpanRow
from ..read.columns import LABEL_COLUMNS
from ..read.reader import Reader

CHUNK_TRACES = 500
"""Traces of one query: it takes some 20 ms."""

MOST_KEYS = 300
"""How many attributes are looked at: those that the most spans have."""

_READ = (
    *("id", "process", "span_id", "parent_id", "name", "kind", "start_ns", "end_ns", "status", "status_message"),
    *("model", "response_model", "provider", "input_tokens", "output_tokens", "cost_usd", "ttft_ms"),
)
_TEXTS = {"name", "kind", "status", "model", "response_model", "provider"}
_FAILED_MESSAGE = "CASE WHEN s.status = 'ERROR' THEN CAST(s.status_message AS TEXT) END"
_COLUMNS = ", ".join(
    _FAILED_MESSAGE if name == "status_message" else f"CAST(s.{name} AS TEXT)" if name in _TEXTS else f"s.{name}"
    for name in _READ
)
_SPANS = f"SELECT {_COLUMNS}, s.trace FROM json_each(?) i CROSS JOIN span s ON s.trace = i.value"  # noqa: S608 (our names)
_PLACES = {name: place for place, name in enumerate(_READ)}
_SPAN_ROW = tuple(_PLACES.get(name, len(_READ)) for name in SpanRow._fields)
"""Where a column of `SpanRow` stands in a row that is read; a column that is not read is the None behind it."""

SHAPE = itemgetter(*(_PLACES[name] for name in ("name", "kind", "model", "response_model", "provider", "status")))
"""What a span is, without what differs between calls."""

TIMED = itemgetter(
    *map(_PLACES.__getitem__, ("start_ns", "span_id", "parent_id", "end_ns", "name", "kind", "status")),
    *map(_PLACES.__getitem__, ("model", "response_model", "ttft_ms", "output_tokens")),
)
"""What the quick parting of a trace needs."""

RawSpan: TypeAlias = tuple[Any, ...]

_TRACES = """
    SELECT t.id, t.trace_id, t.process, t.root, CAST(t.name AS TEXT), t.start_ns, t.end_ns, CAST(t.status AS TEXT),
        t.span_count, t.open_count, t.error_count, CAST(t.session_id AS TEXT), CAST(t.user_id AS TEXT), t.input_tokens,
        t.output_tokens, t.cost_usd, t.calls_without_price, t.ttft_ms
    FROM json_each(?) i CROSS JOIN trace t ON t.id = i.value"""

_LABELS = f"SELECT t.id, {LABEL_COLUMNS} FROM json_each(?) i CROSS JOIN trace t ON t.id = i.value"  # noqa: S608

_FEEDBACK = """
    SELECT a.trace, a.kind, CAST(a.name AS TEXT), a.value, a.type
    FROM json_each(?) i CROSS JOIN assessment a ON a.trace = i.value
    WHERE a.valid = 1 AND a.kind IN ('feedback', 'expectation')"""

_KEYS = "SELECT id, CAST(name AS TEXT) FROM attr_key ORDER BY span_count DESC LIMIT ?"

_TEXT_KEYS = re.compile(
    r"message|content|prompt(?!.*(name|id|version|key))|completion|template|schema|argument|body|stack|input\.value"
    r"|output\.value|document|embedding|\.text$|description|query|sql|statement|url",
    re.IGNORECASE,
)
"""Attributes that hold what somebody said, not a property of the request."""

_VALUES_BETWEEN = "SELECT span, text, type FROM attr_texts WHERE key = ? AND span BETWEEN ? AND ?"
_VALUES_AMONG = (
    "SELECT a.span, a.text, a.type FROM json_each(?2) i CROSS JOIN attr_texts a ON a.key = ?1 AND a.span = i.value"
)
_DENSE = 3
"""One scan over a range of spans is faster than a look-up of each where at least every third is asked for."""


def spans_by_trace(reader: Reader, traces: Sequence[int]) -> Iterator[tuple[int, list[RawSpan]]]:
    """Yield (trace.id, its spans) in the order of `traces`; skips traces without spans. See `span_rows`."""
    for start in range(0, len(traces), CHUNK_TRACES):
        rows = reader.rows(_SPANS, json.dumps(traces[start : start + CHUNK_TRACES]))
        for trace, found in groupby(rows, key=itemgetter(-1)):
            yield trace, list(found)


def span_rows(raw: Iterable[RawSpan]) -> list[SpanRow]:
    """Return the spans of a trace as rows, without the columns that are not read here."""
    return [SpanRow._make([*row[:-1], None][place] for place in _SPAN_ROW) for row in raw]


class TraceFacts(NamedTuple):
    """What the row of a trace says."""

    id: int
    trace_id: bytes
    process: int
    root: int | None
    name: str
    start_ns: int
    end_ns: int | None
    status: str | None
    span_count: int
    open_count: int
    error_count: int
    session_id: str | None
    user_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int | None
    ttft_ms: float | None


def trace_facts(reader: Reader, traces: Sequence[int]) -> list[TraceFacts]:
    """Return the rows of the traces, in their order; skips traces that are gone."""
    rows: list[TraceFacts] = []
    for start in range(0, len(traces), 10 * CHUNK_TRACES):
        chunk = json.dumps(traces[start : start + 10 * CHUNK_TRACES])
        rows += map(TraceFacts._make, reader.rows(_TRACES, chunk))
    return rows


def labels(reader: Reader, traces: Sequence[int]) -> Iterator[tuple[int, str, str, str]]:
    """Yield (trace.id, `tag` or `metadata`, key, value) of all traces."""
    for start in range(0, len(traces), CHUNK_TRACES):
        for trace, _, tags, metadata in reader.rows(_LABELS, json.dumps(traces[start : start + CHUNK_TRACES])):
            for scope, document in (("tag", tags), ("metadata", metadata)):
                for key, value in decoding.strings(document).items():
                    yield trace, scope, key, value


def assessments(reader: Reader, traces: Sequence[int]) -> Iterator[tuple[int, str, str, Any]]:
    """Yield (trace.id, `feedback` or `expectation`, name, value) of all traces."""
    for start in range(0, len(traces), CHUNK_TRACES):
        for trace, kind, name, value, type in reader.rows(_FEEDBACK, json.dumps(traces[start : start + CHUNK_TRACES])):
            yield trace, kind, name, decoding.attribute_value(value, type)


def attribute_keys(reader: Reader) -> list[tuple[int, str]]:
    """Return (attr_key.id, name) of the attributes that may be properties, the most frequent first."""
    return [(key, name) for key, name in reader.rows(_KEYS, MOST_KEYS) if not _TEXT_KEYS.search(name)]


def attribute_values(reader: Reader, key: int, spans: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """Yield (span.id, value) of one attribute; may yield other spans too. `spans` are the ids, ascending."""
    if not spans:
        return
    if spans[-1] - spans[0] < _DENSE * len(spans):
        rows = reader.rows(_VALUES_BETWEEN, key, spans[0], spans[-1])
    else:
        rows = reader.rows(_VALUES_AMONG, key, json.dumps(spans))
    for span, value, type in rows:
        if type == "bool":
            yield span, bool(value)
        elif type is None and value is not None and not isinstance(value, bytes):
            yield span, value
