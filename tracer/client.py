"""MLflow's client: spans by their ids, for code that cannot keep a span object, and for callbacks of any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..store.write.edits import DeleteTraces
from . import guard
from .api.spans import start_span_no_context
from .api.tags import delete_trace_tag, set_trace_tag, trace_key_of
from .compat import assessments, needs_server
from .compat.spans_by_id import open_spans
from .entities.paged_list import PagedList
from .entities.trace import Trace
from .exceptions import InvalidValueError, NotFoundError
from .mlflow_form.json_values import json_text
from .parts.arguments import accept_former_names, attributes_with_arguments
from .parts.ids import parse_trace_id
from .parts.link import Link
from .parts.span_type import SpanType
from .read import search
from .read.pages import page_of_traces
from .read.query import query_of
from .recording import process_recorder
from .spans.begin import begin, is_disabled, unless_disabled
from .spans.no_op_span import NoOpSpan
from .spans.span import Span
from .tracing.constant import TraceMetadataKey, TraceTagKey

DELETE_TIMEOUT_S = 60.0
"""The longest wait of `delete_traces` for the writer thread."""


class Client:
    """The tracing methods of MLflow's `MlflowClient`. All clients of a process share their open spans.

    Every method is safe in any thread. A parent is named by its ids. It may be a span of a client, the current span, or
    a span of another process.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        """Ignores its arguments, which name MLflow's servers, with a warning."""
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
        """Begin a trace and return its root span, which `end_trace` ends."""
        guard.ignore_arguments("start_trace", {"experiment_id": experiment_id, **mlflow_arguments})
        span = start_span_no_context(
            name,
            span_type,
            inputs=inputs,
            attributes=attributes,
            tags=tags,
            metadata=None if run_id is None else {TraceMetadataKey.SOURCE_RUN: run_id},
            start_time_ns=start_time_ns,
            links=links,
        )
        if isinstance(span, Span):
            open_spans.add_root(span)
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

        Raises ValueError for missing or invalid ids.
        """
        attributes = attributes_with_arguments("start_span", attributes, mlflow_arguments)
        if trace_id is None and is_disabled():
            return NoOpSpan()
        if trace_id is None or parent_id is None:
            raise InvalidValueError(
                "start_span() of a client needs trace_id and parent_id; to begin a trace call start_trace()"
            )
        parent = open_spans.parent(parse_trace_id(trace_id), parent_id)
        span = begin(name, span_type, unless_disabled(parent), attributes, start_time_ns)
        if isinstance(span, Span):
            if inputs is not None:
                span.set_inputs(inputs)
            if links:
                span.add_links(links)
            span.is_entry = False
            open_spans.add(span)
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
        """End a span by its ids. Warns once, and does nothing, for a span that is not open in this process."""
        trace_key = trace_key_of(trace_id)
        if trace_key is None:
            return
        digits = trace_key.hex()
        span = open_spans.remove(digits, span_id)
        if span is not None:
            _end(span, outputs, attributes, status, end_time_ns)
        else:
            guard.warn(
                "end_span",
                f"end_span(): no span {span_id!r} of trace {digits} is open in this process; nothing was ended",
            )

    @accept_former_names
    def end_trace(
        self,
        trace_id: str | None,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: Any = "OK",
        end_time_ns: int | None = None,
    ) -> None:
        """End the root span of a trace that `start_trace` began. Other spans of the trace stay open."""
        trace_key = trace_key_of(trace_id)
        if trace_key is None:
            return
        digits = trace_key.hex()
        root = open_spans.remove_root(digits)
        if root is not None:
            _end(root, outputs, attributes, status, end_time_ns)
        else:
            guard.warn(
                "end_trace",
                f"end_trace(): trace {digits} has ended, or no start_trace() of this process began it",
            )

    @accept_former_names
    def get_trace(self, trace_id: str, display: bool = True, flush: bool = False) -> Trace:
        """The trace with this id, as far as it is recorded. Raises LookupError if the file does not have it."""
        trace = search.get_trace(trace_id, silent=True, flush=flush)
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
        """One page of the matching traces, newest first. Pass its `token` as `page_token` to get the next page."""
        search.ignore_places("search_traces", experiment_ids=experiment_ids, locations=locations)
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
        """Delete traces and return their number. Running traces stay.

        The traces are those of `trace_ids`, or those that began at or before `max_timestamp_millis`, of which
        `max_traces` limits the number, oldest first. Raises ValueError for none or both of these choices.
        """
        named = trace_ids if trace_ids is not None else request_ids
        if (named is None) == (max_timestamp_millis is None):
            raise InvalidValueError("delete_traces() needs trace_ids or max_timestamp_millis, and not both")
        if named is not None and max_traces is not None:
            raise InvalidValueError(
                "delete_traces(max_traces=...) works with max_timestamp_millis only; with trace_ids leave it out"
            )
        if named is not None:
            edit = DeleteTraces([key for id in named if (key := trace_key_of(id)) is not None])
        else:
            assert max_timestamp_millis is not None
            edit = DeleteTraces(started_until_ns=max_timestamp_millis * 1_000_000 + 999_999, max_traces=max_traces)
        request = process_recorder.get().edit(edit)
        process_recorder.get().wait_for(request, DELETE_TIMEOUT_S)
        return request.changed

    def link_prompt_versions_to_trace(self, prompt_versions: Sequence[Any], trace_id: str) -> None:
        """Record the prompts of a trace, objects with `name` and `version`: the filter `prompt = "greet/3"` finds it.

        Replaces the prompts of an earlier call.
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


def _end(span: Span, outputs: Any, attributes: Any, status: Any, end_time_ns: int | None) -> None:
    is_failed = span.status_code not in (None, "OK")
    span.end(outputs, attributes, None if is_failed and status == "OK" else status, end_time_ns)
