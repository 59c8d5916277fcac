"""`order_by` of `search_traces`: fields under MLflow's names and those of the filter language, tags, metadata."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from ...store.filter.fields.resolve import trace_field_name
from ...store.model.rows import TraceRow
from ..exceptions import InvalidValueError

LabelsOf: TypeAlias = Callable[[TraceRow], Any]
"""Returns the tags and metadata of a trace, or None."""

SortKey: TypeAlias = tuple[Callable[[TraceRow, LabelsOf], Any], bool]
"""What to sort by, and whether the largest comes first."""

_SCOPES_OF_LABELS = {"tag": "tags", "tags": "tags", "metadata": "metadata", "request_metadata": "metadata"}
_SCOPES_OF_FIELDS = ("attributes.", "attribute.", "trace.")


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
_MLFLOW_NAMES = {"request_time": "start", "execution_duration": "duration", "experiment_id": "run_id"}
"""Names that MLflow orders by and that the filter language does not have."""


def sort_keys(order_by: Sequence[str] | None) -> list[SortKey]:
    """The keys of `order_by=["execution_time_ms DESC", "name"]`. Raises ValueError for a field that does not exist."""
    return [_sort_key(text) for text in ([order_by] if isinstance(order_by, str) else order_by or ())]


def sorted_rows(rows: list[TraceRow], keys: Sequence[SortKey], labels_of: LabelsOf) -> list[TraceRow]:
    """The rows in order. Rows without a value come last, in either direction."""
    for value_of, is_descending in reversed(keys):
        valued = [(value_of(row, labels_of), row) for row in rows]
        known = [pair for pair in valued if pair[0] is not None]
        unknown = [row for value, row in valued if value is None]
        rows = [row for _, row in sorted(known, key=itemgetter(0), reverse=is_descending)] + unknown
    return rows


def _sort_key(text: str) -> SortKey:
    name, is_descending = text.strip(), False
    if name.upper().endswith((" ASC", " DESC")):
        name, _, direction = name.rpartition(" ")
        is_descending = direction.upper() == "DESC"
    scope, dot, label = name.strip().partition(".")
    if dot and scope.lower() in _SCOPES_OF_LABELS:
        return _label(_SCOPES_OF_LABELS[scope.lower()], label.strip("`\"'")), is_descending
    plain = name.strip().strip("`").lower()
    for prefix in _SCOPES_OF_FIELDS:
        plain = plain.removeprefix(prefix)
    field = _FIELDS.get(_MLFLOW_NAMES.get(plain) or trace_field_name(plain))
    if field is None:
        names = ", ".join([*_FIELDS, *_MLFLOW_NAMES, "timestamp_ms", "execution_time_ms"])
        raise InvalidValueError(
            f"order_by={text!r}: no such field; order by {names}, tags.x or metadata.x, followed by ASC or DESC"
        )
    return _column(field), is_descending


def _column(field: Callable[[TraceRow], Any]) -> Callable[[TraceRow, LabelsOf], Any]:
    return lambda row, _: field(row)


def _label(kind: str, name: str) -> Callable[[TraceRow, LabelsOf], Any]:
    def value_of(row: TraceRow, labels_of: LabelsOf) -> Any:
        labels = labels_of(row)
        return None if labels is None else getattr(labels, kind).get(name)

    return value_of
