"""The traces of the trace file, for the program that records them: `get_trace`, `search_traces`, `search_sessions`.

A call sees everything that this process recorded before it. `filter_string` is a filter of the explorer and the command
line (see `tracetui.store.filter`), which includes the filter language of MLflow.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ...store.model.rows import TraceRow
from ...store.read.reader import Reader
from ...store.text import attachment_uri
from .. import guard
from ..api.spans import get_last_active_trace_id
from ..entities.session import Session
from ..entities.trace import COLUMNS, Trace
from ..exceptions import InvalidValueError
from ..parts.arguments import accept_former_names
from ..parts.ids import parse_trace_id
from ..values.attachment import Attachment
from .extracted_fields import ExtractedField, parse_fields
from .from_rows import trace_of
from .open_file import opened_file
from .pages import matching_rows, page_of_traces
from .query import query_of


@accept_former_names
def get_trace(trace_id: str, silent: bool = False, flush: bool = False) -> Trace | None:
    """The trace with this id, as far as it is recorded; None if the file does not have it.

    Warns once about a missing trace, unless `silent`. `flush` is accepted for MLflow and changes nothing: the call
    always waits for what was recorded before it.
    """
    try:
        digits = parse_trace_id(trace_id)
        with opened_file() as reader:
            if reader is not None and (rows := _rows_with_key(reader, digits)):
                return trace_of(reader, rows[0], reader.gone_processes(time.time_ns()))
    except ValueError:
        pass  # an invalid id is the id of no trace
    except Exception:
        guard.fault("reading a trace")
    if not silent:
        guard.warn("get_trace", f"get_trace({trace_id!r}): the trace file has no trace with this id")
    return None


def get_last_active_trace(thread_local: bool = False) -> Trace | None:
    """The trace that ended last in this process, or the last of those that this thread began; None before any.

    From MLflow 2. The form of MLflow 3 is `get_trace(get_last_active_trace_id())`.
    """
    trace_id = get_last_active_trace_id(thread_local)
    return None if trace_id is None else get_trace(trace_id, silent=True)


def get_attachment(reference: str) -> Attachment | None:
    """The content of an attachment that the inputs or outputs of a span refer to; None if the file does not have it.

    `reference` is the whole `mlflow-attachment://...`, or the id in it.
    """
    try:
        parts = attachment_uri.parse_uri(reference)
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
    """The traces that match `filter_string`, newest first or in the order of `order_by`; by default all traces.

    `return_type` is "list" (of `Trace`) or "pandas" (a DataFrame). The default is "pandas" where pandas is installed,
    as in MLflow, else "list". `extract_fields` adds columns to a DataFrame, see `read.extracted_fields`.

    Ignores arguments about MLflow's experiments and storage places, with a warning. Raises FilterError, a ValueError,
    for an invalid filter, and ValueError for an unknown order, field or return type.
    """
    ignore_places(
        "search_traces", experiment_ids=experiment_ids, locations=locations, sql_warehouse_id=sql_warehouse_id
    )
    if return_type not in (None, "list", "pandas"):
        raise InvalidValueError(f"search_traces(return_type={return_type!r}): use 'list' or 'pandas'")
    fields = parse_fields(extract_fields or ())
    if return_type is None:
        return_type = "pandas" if _has_pandas() else "list"
    if fields and (return_type == "list" or not include_spans):
        raise InvalidValueError(
            "search_traces(extract_fields=...) adds columns to a DataFrame of spans:"
            " use it with return_type='pandas' and include_spans=True"
        )
    query = query_of(filter_string, run_id=run_id, model_id=model_id)
    traces = page_of_traces(query, max_results, order_by, None, include_spans=include_spans)
    return list(traces) if return_type == "list" else _as_dataframe(traces, fields)


def search_sessions(
    max_results: int = 100,
    run_id: str | None = None,
    model_id: str | None = None,
    include_spans: bool = True,
    locations: Any = None,
    **mlflow_arguments: Any,
) -> list[Session]:
    """The newest sessions, at most `max_results`, each with its traces, oldest first."""
    ignore_places("search_sessions", locations=locations, **mlflow_arguments)
    query = query_of("trace.session is not null", run_id=run_id, model_id=model_id)
    sessions: dict[str, list[TraceRow]] = {}
    with opened_file() as reader:
        if reader is None:
            return []
        gone = reader.gone_processes(time.time_ns())
        for row in matching_rows(reader, query, gone):
            assert row.session_id is not None
            if row.session_id in sessions or len(sessions) < max_results:
                sessions.setdefault(row.session_id, []).append(row)
        return [
            Session(id, [trace_of(reader, row, gone, include_spans=include_spans) for row in reversed(rows)])
            for id, rows in sessions.items()
        ]


def ignore_places(function: str, **places: Any) -> None:
    """Warn once for each argument about MLflow's experiments or storage places that has a value."""
    for name, value in places.items():
        if value:
            guard.warn(
                f"{function}({name})",
                f"{function}({name}=...) is ignored: there is one place for traces, the trace file, and all of it is"
                " searched",
            )


def _rows_with_key(reader: Reader, digits: str) -> list[TraceRow]:
    try:
        return reader.traces([reader.find_trace(digits)])
    except LookupError:
        return []


def _has_pandas() -> bool:
    return find_spec("pandas") is not None


def _as_dataframe(traces: list[Trace], fields: Sequence[ExtractedField]) -> Any:
    try:
        pandas = import_module("pandas")  # half a second and 40 MB: imported only for a table
    except ImportError as error:
        raise ImportError(
            "search_traces(return_type='pandas') needs pandas: run `pip install pandas`, or use return_type='list'"
        ) from error
    rows = [
        {**trace.to_pandas_dataframe_row(), **{field.column: field.value(trace) for field in fields}}
        for trace in traces
    ]
    return pandas.DataFrame(rows, columns=[*COLUMNS, *(field.column for field in fields)])
