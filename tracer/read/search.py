"""Traces read back by the program that records them: by id, by filter, by conversation.

Everything that this process recorded before the call is found. The filter is the one of the explorer and of the
command line, see `tracetui.store.filter`; MLflow's `filter_string` is a part of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ...store.filter import (
    FilterError,
    Query,
    parse,
)
from ...store.filter.fields.bind import bind_leaf
from ...store.filter.tree.nodes import Compare, Name, Node, Value, conjunction
from ...store.filter.values.patterns import PatternError
from ...store.model.rows import TraceRow
from ...store.read.reader import Reader
from ...store.read.search import find
from ...store.text import attachment_ref
from .. import guard
from ..api.spans import get_last_active_trace_id
from ..entities.paged_list import PagedList
from ..entities.session import Session
from ..entities.trace import COLUMNS, Trace
from ..exceptions import InvalidValueError, MlflowException
from ..parts.arguments import accept_former_names
from ..parts.ids import parse_trace_id
from ..values.attachment import Attachment
from .extracted_fields import ExtractedField, parsed
from .from_rows import trace_of
from .open_file import opened_file
from .order import arranged, sort_keys

_ROWS_AT_ONCE = 256


@accept_former_names
def get_trace(trace_id: str, silent: bool = False, flush: bool = False) -> Trace | None:
    """The trace with this id, as far as it has come; None if the file has none, which is said unless `silent`.

    `flush` is MLflow's: what was recorded before the call is always waited for.
    """
    try:
        digits = parse_trace_id(trace_id)
        with opened_file() as reader:
            if reader is not None and (rows := _rows_with_key(reader, digits)):
                return trace_of(reader, rows[0], reader.gone_processes(time.time_ns()))
    except ValueError:
        pass  # what is no id is no trace's
    except Exception:
        guard.fault("reading a trace")
    if not silent:
        guard.warn("get_trace", f"get_trace({trace_id!r}): the trace file has no such trace")
    return None


def get_last_active_trace(thread_local: bool = False) -> Trace | None:
    """The trace that ended last in this process, or in this thread; None while there is none.

    MLflow 2's; of MLflow 3 `get_trace(get_last_active_trace_id())` is left.
    """
    trace_id = get_last_active_trace_id(thread_local)
    return None if trace_id is None else get_trace(trace_id, silent=True)


def get_attachment(reference: str) -> Attachment | None:
    """The bytes that a reference in a span's inputs or outputs stands for; None if the trace file has none.

    `reference` is the whole `mlflow-attachment://...`, or the id in it.
    """
    try:
        parts = attachment_ref.parse(reference)
        id = reference if parts is None else parts.id
        with opened_file() as reader:
            if reader is not None and (found := reader.attachment(id)) is not None:
                content_type, content = found
                return Attachment(content_type=parts.content_type if parts else content_type, content_bytes=content)
    except Exception:
        guard.fault("reading an attachment")
    return None


def search_traces(
    experiment_ids: Any = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    extract_fields: Any = None,
    run_id: str | None = None,
    return_type: str | None = None,
    model_id: str | None = None,
    sql_warehouse_id: str | None = None,
    include_spans: bool = True,
    locations: Any = None,
    flush: bool = False,
) -> Any:
    """The traces that match `filter_string`, newest first or in the order of `order_by`; all of them by default.

    `extract_fields` adds columns to a DataFrame, see `extracted_fields`.

    `return_type` is "list" (of `Trace`) or "pandas" (a DataFrame, the default where pandas is installed, as in
    MLflow). Raises FilterError, a ValueError, for a filter that cannot be understood, and ValueError for an order or
    type that does not exist. What names MLflow's experiments and places is ignored.
    """
    ignore_places(
        "search_traces", experiment_ids=experiment_ids, locations=locations, sql_warehouse_id=sql_warehouse_id
    )
    if return_type not in (None, "list", "pandas"):
        raise InvalidValueError(f"search_traces(return_type={return_type!r}) is 'list' or 'pandas'")
    fields = parsed(extract_fields or ())
    if return_type is None:
        return_type = "pandas" if _has_pandas() else "list"
    if fields and (return_type == "list" or not include_spans):
        raise InvalidValueError("search_traces(extract_fields=...) wants return_type='pandas' and include_spans=True")
    query = query_of(filter_string, run_id=run_id, model_id=model_id)
    traces = page_of_traces(query, max_results, order_by, None, include_spans=include_spans)
    return list(traces) if return_type == "list" else _as_dataframe(traces, fields)


def search_sessions(
    max_results: int = 100,
    run_id: str | None = None,
    model_id: str | None = None,
    include_spans: bool = True,
    locations: Any = None,
    **elsewhere: Any,
) -> list[Session]:
    """The newest conversations, each with its traces, oldest first."""
    ignore_places("search_sessions", locations=locations, **elsewhere)
    query = query_of("trace.session is not null", run_id=run_id, model_id=model_id)
    sessions: dict[str, list[TraceRow]] = {}
    with opened_file() as reader:
        if reader is None:
            return []
        gone = reader.gone_processes(time.time_ns())
        for row in _matching(reader, query, gone):
            assert row.session_id is not None
            if row.session_id in sessions or len(sessions) < max_results:
                sessions.setdefault(row.session_id, []).append(row)
        return [
            Session(id, [trace_of(reader, row, gone, include_spans=include_spans) for row in reversed(rows)])
            for id, rows in sessions.items()
        ]


def ignore_places(function: str, **places: Any) -> None:
    """Tell once that experiments and places of MLflow's choose no traces."""
    for name, value in places.items():
        if value:
            guard.warn(
                f"{function}({name})",
                f"{function}({name}=...) chooses no traces here: those of one experiment, the trace file, are searched",
            )


def query_of(filter_string: str | None, **labels: str | None) -> Query:
    """The filter, read, with what a trace must have besides. Raises FilterError, also while there is no file."""
    query = _checked(filter_string or "")
    wanted: list[Node] = [
        bind_leaf(Compare(Name("metadata", _LABELS[name]), "=", (Value(str(text), True),)))
        for name, text in labels.items()
        if text is not None
    ]
    if not wanted:
        return query
    return replace(query, root=conjunction([*([] if query.root is None else [query.root]), *wanted]))


_LABELS = {"run_id": "mlflow.sourceRun", "model_id": "mlflow.modelId", "session_id": "mlflow.trace.session"}
"""Arguments of searches, and the metadata that they are about."""


def page_of_traces(
    query: Query,
    max_results: int | None,
    order_by: Sequence[str] | None,
    page_token: str | None,
    *,
    include_spans: bool,
) -> PagedList[Trace]:
    """One page, and the token of the next. Raises ValueError for arguments that cannot be meant."""
    keys = sort_keys(order_by)
    by_offset = bool(keys) or query.sort is not None
    place = _place(page_token, "offset" if by_offset else "below")
    with opened_file() as reader:
        if reader is None or (max_results is not None and max_results < 1):
            return PagedList((), None)
        gone = reader.gone_processes(time.time_ns())
        found = _matching(reader, query, gone)
        if by_offset:
            rows = list(found)
            if keys:
                rows = arranged(rows, keys, lambda row: reader.labels(row.id))
            rows, token = _arranged_page(rows, max_results, place or 0)
        else:
            rows, token = _newest_page(found, max_results, place)
        return PagedList((trace_of(reader, row, gone, include_spans=include_spans) for row in rows), token)


class InvalidFilterError(MlflowException, FilterError):
    """A filter that cannot be understood, told as `FilterError` tells it."""

    default_code = "INVALID_PARAMETER_VALUE"

    def __init__(self, error: FilterError) -> None:
        FilterError.__init__(self, error.message, error.column, error.expected)
        self.error_code = self.default_code


def _checked(filter_string: str) -> Query:
    try:
        query = parse(filter_string)
    except FilterError as error:
        raise InvalidFilterError(error) from None
    if query.by is not None:
        raise InvalidValueError(
            f"search_traces gives traces, and by(...) in filter_string={filter_string!r} makes groups:"
            " `tracetui ls -f` prints them, with --json as data"
        )
    return query


def _place(page_token: str | None, word: str) -> int | None:
    kind, _, number = (page_token or "").partition(":")
    if page_token and (kind != word or not number.isdecimal()):
        raise InvalidValueError(f"page_token={page_token!r} is none that a search in this order gave")
    return int(number) if page_token else None


def _arranged_page(rows: list[TraceRow], max_results: int | None, start: int) -> tuple[list[TraceRow], str | None]:
    found = rows[start:]
    if max_results is None or len(found) <= max_results:
        return found, None
    return found[:max_results], f"offset:{start + max_results}"


def _newest_page(
    rows: Iterator[TraceRow], max_results: int | None, below: int | None
) -> tuple[list[TraceRow], str | None]:
    # A page begins below the last id seen, so that traces that come meanwhile do not shift it.
    page: list[TraceRow] = []
    for row in rows:
        if below is not None and row.id >= below:
            continue
        if max_results is not None and len(page) == max_results:
            return page, f"below:{page[-1].id}"
        page.append(row)
    return page, None


def _matching(reader: Reader, query: Query, gone: frozenset[int]) -> Iterator[TraceRow]:
    """The rows of the traces that match, newest first, read as they are consumed."""
    try:
        for batch in find(reader, query, now_ns=time.time_ns(), gone=gone):
            for start in range(0, len(batch), _ROWS_AT_ONCE):
                yield from reader.traces(batch[start : start + _ROWS_AT_ONCE])
    except PatternError as error:
        raise InvalidValueError(str(error)) from None


def _rows_with_key(reader: Reader, digits: str) -> list[TraceRow]:
    try:
        return reader.traces([reader.find_trace(digits)])
    except LookupError:
        return []


def _has_pandas() -> bool:
    return find_spec("pandas") is not None


def _as_dataframe(traces: list[Trace], fields: Sequence[ExtractedField]) -> Any:
    try:
        pandas = import_module("pandas")  # half a second, and 40 MB: only for who has it and asks for a table
    except ImportError as error:
        raise ImportError(
            "search_traces(return_type='pandas') needs pandas: `pip install pandas`, or ask for a 'list'"
        ) from error
    rows = [
        {**trace.to_pandas_dataframe_row(), **{field.column: field.value(trace) for field in fields}}
        for trace in traces
    ]
    return pandas.DataFrame(rows, columns=[*COLUMNS, *(field.column for field in fields)])
