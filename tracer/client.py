"""Spans by id, without context: for code that cannot hold a span object, and for callbacks from any thread."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from ..store.write.edits import DeleteTraces
from . import guard
from .api.spans import start_span_no_context
from .api.tags import delete_trace_tag, set_trace_tag, trace_key_of
from .compat import assessments, needs_server
from .entities.paged_list import PagedList
from .entities.trace import Trace
from .exceptions import InvalidValueError, NotFoundError
from .mlflow_form.texts import json_text
from .parts.arguments import accept_former_names, attributes_with_arguments
from .parts.ids import parse_trace_id, signed_span_key
from .parts.link import Link
from .parts.span_type import SpanType
from .read.pages import page_of_traces
from .read.query import query_of
from .read.search import get_trace, ignore_places
from .recording import process_recorder
from .spans.begin import begin, is_disabled, unless_disabled
from .spans.current import current_span
from .spans.no_op_span import NoOpSpan
from .spans.remote_parent import RemoteParent
from .spans.span import Span
from .spans.trace_registry import live_traces
from .tracing.constant import TraceTagKey

DELETE_TIMEOUT_S = 60.0
"""How long `delete_traces` waits for the writer."""

_open: dict[tuple[str, str], Span] = {}
"""(trace id, span id) -> the span, until it ends. Operations of a dict need no lock that a fork could copy held."""

_roots: dict[str, Span] = {}
"""Trace id -> its root, until `end_trace`."""

MAX_OPEN_SPANS = 65_536
"""Held by their ids; of more, the oldest can be ended no more, and `abandoned` ends them."""

_SWEPT_SPANS = 1_024
"""Between looks for spans that have ended in another way than by id."""

_begun = itertools.count(1)


class Client:
    """MLflow's `MlflowClient`, as far as it is about traces. Any number of clients share one set of open spans.

    All may be called from any thread. Parents are named by id: a client's own spans, spans that
    `start_span` and `trace` opened, and spans of other processes.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        """The arguments are MLflow's and ignored."""
        guard.ignore_arguments("Client", {"tracking_uri": tracking_uri, "registry_uri": registry_uri})

    def start_trace(
        self,
        name: str,
        span_type: str = SpanType.UNKNOWN,
        inputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        experiment_id: str | None = None,
        start_time_ns: int | None = None,
        run_id: str | None = None,
        *,
        links: Sequence[Link] | None = None,
        **mlflow_arguments: Any,
    ) -> Span | NoOpSpan:
        """Begin a trace; gives its root span, which `end_trace` ends."""
        guard.ignore_arguments("start_trace", {"experiment_id": experiment_id, **mlflow_arguments})
        span = start_span_no_context(
            name,
            span_type,
            inputs=inputs,
            attributes=attributes,
            tags=tags,
            metadata=None if run_id is None else {needs_server.SOURCE_RUN: run_id},
            start_time_ns=start_time_ns,
            links=links,
        )
        if isinstance(span, Span):
            _hold(span)
            _roots[span.trace_id] = span
        return span

    @accept_former_names
    def start_span(
        self,
        name: str,
        trace_id: str | None = None,
        parent_id: str | None = None,
        span_type: str = SpanType.UNKNOWN,
        inputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        start_time_ns: int | None = None,
        *,
        links: Sequence[Link] | None = None,
        **mlflow_arguments: Any,
    ) -> Span | NoOpSpan:
        """Begin a span below the span `parent_id` of the trace `trace_id`; `end_span` ends it.

        Raises ValueError for ids that are none.
        """
        attributes = attributes_with_arguments("start_span", attributes, mlflow_arguments)
        if trace_id is None and is_disabled():
            return NoOpSpan()
        if trace_id is None or parent_id is None:
            raise InvalidValueError(
                "a client's start_span() takes trace_id and parent_id; start_trace() begins a trace"
            )
        parent = _parent(parse_trace_id(trace_id), parent_id)
        span = begin(name, span_type, unless_disabled(parent), attributes, start_time_ns)
        if isinstance(span, Span):
            if inputs is not None:
                span.set_inputs(inputs)
            if links:
                span.add_links(links)
            span.is_entry = False
            _hold(span)
            span.enqueue()
        return span

    @accept_former_names
    def end_span(
        self,
        trace_id: str | None,
        span_id: str,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: Any = "OK",
        end_time_ns: int | None = None,
    ) -> None:
        """End a span by its ids; of a span that is not open here it is said once that nothing was done."""
        trace_key = trace_key_of(trace_id)
        if trace_key is None:
            return
        digits = trace_key.hex()
        span = _open.pop((digits, span_id), None) or _current_with(digits, span_id)
        if span is not None:
            _end(span, outputs, attributes, status, end_time_ns)
        else:
            guard.warn("end_span", f"end_span(): no span {span_id!r} of trace {digits} is open in this process")

    @accept_former_names
    def end_trace(
        self,
        trace_id: str | None,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: Any = "OK",
        end_time_ns: int | None = None,
    ) -> None:
        """End the root span of a trace that `start_trace` began; its other spans end by themselves."""
        trace_key = trace_key_of(trace_id)
        if trace_key is None:
            return
        digits = trace_key.hex()
        root = _roots.pop(digits, None)
        if root is not None:
            _open.pop((digits, root.span_id), None)
            _end(root, outputs, attributes, status, end_time_ns)
        else:
            guard.warn("end_trace", f"end_trace(): trace {digits} was not begun by start_trace, or has ended")

    @accept_former_names
    def get_trace(self, trace_id: str, display: bool = True, flush: bool = False) -> Trace:
        """The trace with this id, as far as it has come. Raises LookupError where the file has none."""
        trace = get_trace(trace_id, silent=True, flush=flush)
        if trace is None:
            raise NotFoundError(f"the trace file has no trace {trace_id!r}")
        return trace

    def search_traces(
        self,
        experiment_ids: Any = None,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
        run_id: str | None = None,
        include_spans: bool = True,
        model_id: str | None = None,
        locations: Any = None,
        **mlflow_arguments: Any,
    ) -> PagedList[Trace]:
        """One page of the traces that match, newest first; its `token` given as `page_token` asks for the next."""
        ignore_places("search_traces", experiment_ids=experiment_ids, locations=locations)
        query = query_of(filter_string, run_id=run_id, model_id=model_id)
        return page_of_traces(query, max_results, order_by, page_token, include_spans=include_spans)

    def delete_traces(
        self,
        experiment_id: str | None = None,
        max_timestamp_millis: int | None = None,
        max_traces: int | None = None,
        trace_ids: Sequence[str] | None = None,
        request_ids: Sequence[str] | None = None,
    ) -> int:
        """Delete traces by id, or the oldest that began until a moment; gives how many. What is running stays.

        Raises ValueError unless it is told which: ids, or `max_timestamp_millis` with or without `max_traces`.
        """
        named = trace_ids if trace_ids is not None else request_ids
        if (named is None) == (max_timestamp_millis is None):
            raise InvalidValueError("delete_traces() takes either trace_ids or max_timestamp_millis")
        if named is not None and max_traces is not None:
            raise InvalidValueError("delete_traces() takes max_traces with max_timestamp_millis only")
        if named is not None:
            edit = DeleteTraces([key for id in named if (key := trace_key_of(id)) is not None])
        else:
            assert max_timestamp_millis is not None
            edit = DeleteTraces(started_until_ns=max_timestamp_millis * 1_000_000 + 999_999, max_traces=max_traces)
        request = process_recorder.get().edit(edit)
        process_recorder.get().wait_for(request, DELETE_TIMEOUT_S)
        return request.changed

    def link_prompt_versions_to_trace(self, prompt_versions: Sequence[Any], trace_id: str) -> None:
        """Say which prompts a trace used: objects with `name` and `version`. `prompt = "greet/3"` finds it then.

        What was linked before, by this method, is replaced.
        """
        linked = [{"name": str(prompt.name), "version": str(prompt.version)} for prompt in prompt_versions]
        set_trace_tag(trace_id, TraceTagKey.LINKED_PROMPTS, json_text(linked))

    set_trace_tag = staticmethod(set_trace_tag)
    delete_trace_tag = staticmethod(delete_trace_tag)
    log_assessment = staticmethod(assessments.log_assessment)
    get_assessment = staticmethod(assessments.get_assessment)
    update_assessment = staticmethod(assessments.update_assessment)
    delete_assessment = staticmethod(assessments.delete_assessment)
    log_feedback = staticmethod(assessments.log_feedback)
    log_expectation = staticmethod(assessments.log_expectation)
    create_experiment = staticmethod(needs_server.create_experiment)
    get_experiment = staticmethod(needs_server.get_experiment)
    get_experiment_by_name = staticmethod(needs_server.get_experiment_by_name)
    search_experiments = staticmethod(needs_server.search_experiments)
    link_traces_to_run = staticmethod(needs_server.accepted("link_traces_to_run"))
    unlink_traces_from_run = staticmethod(needs_server.accepted("unlink_traces_from_run"))
    set_experiment_tag = staticmethod(needs_server.accepted("set_experiment_tag"))


MlflowClient = Client


def _parent(digits: str, parent_id: str) -> Span | NoOpSpan | RemoteParent:
    trace_key = bytes.fromhex(digits)
    if not any(trace_key):
        return NoOpSpan()
    if len(parent_id) != 16:
        raise InvalidValueError(f"{parent_id!r} is no span id: it has 16 hex digits")
    span = _open.get((digits, parent_id)) or _current_with(digits, parent_id)
    if span is not None:
        return span
    parent = RemoteParent(trace_key, signed_span_key(int(parent_id, 16)))
    root = _roots.get(digits)
    if (known := root.trace if root is not None else live_traces.find(trace_key)) is not None:
        parent.trace = known  # type: ignore[assignment]
    return parent


def _hold(span: Span) -> None:
    """Keep a span for who names it by its ids, until it ends."""
    _open[span.trace_id, span.span_id] = span
    if next(_begun) % _SWEPT_SPANS == 0:
        excess = len(_open) - MAX_OPEN_SPANS
        for place, (key, held) in enumerate(list(_open.items())):
            if held.end_ns is not None or place < excess:
                _open.pop(key, None)
        for trace_id, root in list(_roots.items()):
            if (trace_id, root.span_id) not in _open:
                _roots.pop(trace_id, None)


def _current_with(digits: str, span_id: str) -> Span | None:
    span = current_span()
    return span if isinstance(span, Span) and (span.trace_id, span.span_id) == (digits, span_id) else None


def _end(span: Span, outputs: Any, attributes: Any, status: Any, end_time_ns: int | None) -> None:
    is_failed = span.status_code not in (None, "OK")
    span.end(outputs, attributes, None if is_failed and status == "OK" else status, end_time_ns)
