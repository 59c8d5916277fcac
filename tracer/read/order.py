"""`order_by` of `search_traces`: MLflow's words, and those of the filter; tags and metadata by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from ...store.model.rows import TraceRow
from ..exceptions import InvalidValueError

LabelsOf: TypeAlias = Callable[[TraceRow], Any]
"""What gives the tags and metadata of a trace, or None."""

Key: TypeAlias = tuple[Callable[[TraceRow, LabelsOf], Any], bool]
"""What to order by, and whether downwards."""

_LABELS = {"tag": "tags", "tags": "tags", "metadata": "metadata", "request_metadata": "metadata"}


def _duration_ns(row: TraceRow) -> int | None:
    return None if row.end_ns is None else row.end_ns - row.start_ns


def _tokens(row: TraceRow) -> int | None:
    counts = [count for count in (row.input_tokens, row.output_tokens) if count is not None]
    return sum(counts) if counts else None


_FIELDS: dict[str, Callable[[TraceRow], Any]] = {
    "start": lambda row: row.start_ns,
    "end": lambda row: row.end_ns,
    "duration": _duration_ns,
    "status": lambda row: row.status,
    "id": lambda row: row.trace_id,
    "name": lambda row: row.name,
    "session": lambda row: row.session_id,
    "user": lambda row: row.user_id,
    "model": lambda row: row.model,
    "cost": lambda row: row.cost_usd,
    "ttft": lambda row: row.ttft_ms,
    "tokens": _tokens,
    "input_tokens": lambda row: row.input_tokens,
    "output_tokens": lambda row: row.output_tokens,
    "spans": lambda row: row.span_count,
    "errors": lambda row: row.error_count,
    "run_id": lambda row: None,
}
_SAME = {
    "timestamp": "start",
    "timestamp_ms": "start",
    "request_time": "start",
    "end_time": "end",
    "end_time_ms": "end",
    "execution_time": "duration",
    "execution_time_ms": "duration",
    "execution_duration": "duration",
    "state": "status",
    "request_id": "id",
    "trace_id": "id",
    "experiment_id": "run_id",
}


def sort_keys(order_by: Sequence[str] | None) -> list[Key]:
    """What `order_by=["execution_time_ms DESC", "name"]` says. Raises ValueError for a field that does not exist."""
    keys = []
    for text in [order_by] if isinstance(order_by, str) else order_by or ():
        name, _, direction = (
            text.strip().rpartition(" ")
            if text.strip().upper().endswith((" ASC", " DESC"))
            else (
                text.strip(),
                "",
                "ASC",
            )
        )
        scope, dot, label = name.strip().partition(".")
        if dot and scope.lower() in _LABELS:
            keys.append((_label(_LABELS[scope.lower()], label.strip("`\"'")), direction.upper() == "DESC"))
            continue
        plain = name.strip().strip("`").lower()
        for scope in ("attributes.", "attribute.", "trace."):
            plain = plain.removeprefix(scope)
        field = _FIELDS.get(_SAME.get(plain, plain))
        if field is None:
            names = ", ".join([*_FIELDS, *_SAME])
            raise InvalidValueError(f"order_by={text!r}: order by one of {names}, tags.x, metadata.x, with ASC or DESC")
        keys.append((_column(field), direction.upper() == "DESC"))
    return keys


def arranged(rows: list[TraceRow], keys: Sequence[Key], labels_of: LabelsOf) -> list[TraceRow]:
    """The rows in order, those without a value last in either direction."""
    for value_of, is_down in reversed(keys):
        valued = [(value_of(row, labels_of), row) for row in rows]
        known = [pair for pair in valued if pair[0] is not None]
        unknown = [row for value, row in valued if value is None]
        rows = [row for _, row in sorted(known, key=itemgetter(0), reverse=is_down)] + unknown
    return rows


def _column(field: Callable[[TraceRow], Any]) -> Callable[[TraceRow, LabelsOf], Any]:
    return lambda row, _: field(row)


def _label(kind: str, name: str) -> Callable[[TraceRow, LabelsOf], Any]:
    def value_of(row: TraceRow, labels_of: LabelsOf) -> Any:
        labels = labels_of(row)
        return None if labels is None else getattr(labels, kind).get(name)

    return value_of
