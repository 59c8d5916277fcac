"""Tags and metrics: labels of a trace that can be set and taken away at any time.

`store.edits`, with SQLite, is imported for traces that are named by id only: the first `log_metric` inside a request is
as quick as any other.
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
from ..values.snapshot import text_of


@accept_former_names
def set_trace_tag(trace_id: str | None, key: str, value: Any) -> None:
    """Set a tag of a trace by its id, while it runs or long after. Raises ValueError for what is no trace id.

    None, which `get_active_trace_id()` returns where nothing is recorded, names no trace and changes nothing.
    """
    _change_tag(trace_id, text_of(key), text_of(value))


@accept_former_names
def delete_trace_tag(trace_id: str | None, key: str) -> None:
    """Take a tag of a trace away, of None nothing. Raises ValueError for what is no trace id."""
    _change_tag(trace_id, text_of(key), None)


def key_of(trace_id: str | None) -> bytes | None:
    """The key of a trace id; None where there is no trace: for the id of a span that keeps nothing, and for None, which
    `get_active_trace_id()` returns there. Raises ValueError for what is no trace id.
    """
    if trace_id is None:
        if not is_disabled() and config.sampling_ratio == 1.0:
            guard.warn("no trace id", "trace_id=None names no trace; what is said of it is ignored")
        return None
    trace_key = bytes.fromhex(parse_trace_id(trace_id))
    return trace_key if any(trace_key) else None


def _change_tag(trace_id: str | None, key: str, value: str | None) -> None:
    trace_key = key_of(trace_id)
    if trace_key is None:
        return
    from ...store.write.edits import ChangeTag

    try:
        trace = live_traces.find(trace_key)
        if trace is not None:  # what it writes from now on must agree
            tags = {**(trace.tags or {})}
            tags.pop(key, None)
            trace.tags = tags if value is None else {**tags, key: value}
            live_traces.add_labelled(trace)
            if isinstance(span := current_span(), Span) and span.trace is trace:
                sink.enqueue(span)  # its trace may not be in the file yet
        process_recorder.get().edit(ChangeTag(trace_key, key, value))
    except Exception:
        guard.fault("changing a tag")


def log_metric(
    key: str, value: float, step: int | None = None, *, trace_id: str | None = None, **elsewhere: Any
) -> None:
    """Record a number: as attribute of the span that the code is in, and as metadata of its trace.

    With `trace_id` the trace may be one that has ended: the number is then its root span's. Raises TypeError for what
    is no number and ValueError for what is no trace id. Steps and runs of MLflow's are ignored.
    """
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise InvalidTypeError(f"log_metric({key!r}) takes a number, not {value!r}")
    if step is not None or elsewhere:
        guard.ignore_arguments("log_metric", {"step": step, **elsewhere})
    number = value if type(value) in (int, float) else float(value)
    if trace_id is not None:
        if (trace_key := key_of(trace_id)) is not None:
            from ...store.write.edits import LogMetric

            process_recorder.get().edit(LogMetric(trace_key, str(key), number))
        return
    span = current_span()
    if not isinstance(span, Span):
        if span is None:
            guard.warn("log_metric", "log_metric() outside of any span does nothing; name a trace by trace_id=...")
        return
    try:
        span.set_attribute(key, number)
        trace = span.trace
        trace.metadata = {**(trace.metadata or {}), str(key): str(number)}
        sink.enqueue(span)
    except Exception:
        guard.fault("logging a metric")


def log_metrics(
    metrics: Mapping[str, float], step: int | None = None, *, trace_id: str | None = None, **elsewhere: Any
) -> None:
    """`log_metric` for several."""
    for key, value in metrics.items():
        log_metric(key, value, step, trace_id=trace_id, **elsewhere)
