"""`order_by` of `search_traces`: MLflow's words, and those of the filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ..store.rows import TraceRow
from .exceptions import InvalidValueError

Key: TypeAlias = tuple[Callable[[TraceRow], Any], bool]
"""What to order by, and whether downwards."""


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
        plain = name.strip().strip("`").lower()
        for scope in ("attributes.", "attribute.", "trace."):
            plain = plain.removeprefix(scope)
        field = _FIELDS.get(_SAME.get(plain, plain))
        if field is None:
            names = ", ".join([*_FIELDS, *_SAME])
            raise InvalidValueError(f"order_by={text!r}: order by one of {names}, with ASC or DESC")
        keys.append((field, direction.upper() == "DESC"))
    return keys


def arranged(rows: list[TraceRow], keys: Sequence[Key]) -> list[TraceRow]:
    """The rows in order, those without a value last in either direction."""
    for field, is_down in reversed(keys):
        known = [row for row in rows if field(row) is not None]
        unknown = [row for row in rows if field(row) is None]
        rows = sorted(known, key=field, reverse=is_down) + unknown
    return rows
