"""Tags and metrics of a trace, while it runs and after it has ended.

The functions import `store.write.edits`, and with it SQLite, only for a trace that is named by its id: the first
`log_metric` inside a request takes no longer than the next ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import guard
from ..exceptions import InvalidTypeError
from ..parts.arguments import accept_former_names
from ..parts.ids import parse_trace_id
from ..recording import process_recorder
from ..settings.settings import config
from ..spans import sink
from ..spans.begin import is_disabled
from ..spans.current import current_span
from ..spans.span import Span
from ..spans.trace_registry import live_traces
from ..values.bounds import finite_entries
from ..values.snapshot import text_of


@accept_former_names
def set_trace_tag(trace_id: str | None, key: str, value: Any) -> None:
    """Set a tag of a trace, while the trace runs or later. Raises ValueError for an invalid trace id.

    A `trace_id` of None changes nothing: `get_active_trace_id()` returns None where nothing is recorded.
    """
    _change_tag(trace_id, text_of(key), text_of(value))


@accept_former_names
def delete_trace_tag(trace_id: str | None, key: str) -> None:
    """Delete a tag of a trace. Raises ValueError for an invalid trace id; a `trace_id` of None changes nothing."""
    _change_tag(trace_id, text_of(key), None)


def trace_key_of(trace_id: str | None) -> bytes | None:
    """The key of a trace id; None for the id of a span that is not recorded, and for None.

    Warns once about None while recording is on, as it is then a mistake of the caller. Raises ValueError for an invalid
    trace id.
    """
    if trace_id is None:
        if not is_disabled() and config.sampling_ratio == 1.0:
            guard.warn(
                "no trace id",
                "trace_id=None names no trace, and the call is ignored; pass the trace_id of a span",
            )
        return None
    trace_key = bytes.fromhex(parse_trace_id(trace_id))
    return trace_key if any(trace_key) else None


def _change_tag(trace_id: str | None, key: str, value: str | None) -> None:
    trace_key = trace_key_of(trace_id)
    if trace_key is None:
        return
    from ...store.write.edits import ChangeTag

    try:
        trace = live_traces.find(trace_key)
        if trace is not None:  # the running trace writes its own tags, which must agree with the edit
            tags = {**(trace.tags or {})}
            tags.pop(key, None)
            trace.tags = tags if value is None else {**tags, key: value}
            live_traces.add_labelled(trace)
            if isinstance(span := current_span(), Span) and span.trace is trace:
                sink.enqueue(span)  # an edit finds a trace only after a span of it is written
        process_recorder.get().edit(ChangeTag(trace_key, key, value))
    except Exception:
        guard.fault("changing a tag")


def log_metric(
    key: str, value: float, step: int | None = None, *, trace_id: str | None = None, **mlflow_arguments: Any
) -> None:
    """Record a number as an attribute of the current span and as metadata of its trace.

    With `trace_id` the number goes to the root span of that trace, which may have ended. Raises TypeError for a value
    that is not a number, and ValueError for an invalid trace id. Ignores `step` and other arguments of MLflow, with a
    warning.
    """
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise InvalidTypeError(f"log_metric({key!r}) accepts a number, not {value!r}")
    if step is not None or mlflow_arguments:
        guard.ignore_arguments("log_metric", {"step": step, **mlflow_arguments})
    number = value if type(value) in (int, float) else float(value)
    if trace_id is not None:
        if (trace_key := trace_key_of(trace_id)) is not None:
            from ...store.write.edits import LogMetric

            process_recorder.get().edit(LogMetric(trace_key, str(key), number))
        return
    span = current_span()
    if not isinstance(span, Span):
        if span is None:
            guard.warn("log_metric", "log_metric() outside of any span does nothing; pass trace_id=...")
        return
    try:
        span.set_attribute(key, number)
        trace = span.trace
        trace.metadata = {**(trace.metadata or {}), str(key): str(number)}
        sink.enqueue(span)
    except Exception:
        guard.fault("logging a metric")


def log_metrics(
    metrics: Mapping[str, float], step: int | None = None, *, trace_id: str | None = None, **mlflow_arguments: Any
) -> None:
    """`log_metric` for each item of `metrics`."""
    for key, value in finite_entries(metrics).items():
        log_metric(key, value, step, trace_id=trace_id, **mlflow_arguments)
