"""Spans that the sampler of another provider dropped: recorded here, and sent on as dropped."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.context.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanKind

from ..parts import ids
from ..spans.begin import begin
from ..spans.current import current_span
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from .api_span import OtelSpan
from .known_scopes import known_scope
from .mirrored_span import parent_of, span_in
from .other_contexts import begin_when_entered
from .other_instrumentors import is_recorded_by, remember
from .other_providers import set_record
from .private_names import scope_of
from .readable_span import describe

_FOR_THE_FILE = ("opentelemetry.", "openinference.", __package__)
"""Packages that ask whether a span records in order to set attributes, and for nothing else."""


class DroppedSpan(OtelSpan):
    """Replaces a span that the sampler of another provider dropped: it is recorded, and its ids are sent on."""

    is_stand_in = True

    def __init__(self, record: Span | NoOpSpan, dropped: NonRecordingSpan) -> None:
        super().__init__(record)
        self._context = dropped.get_span_context()

    def is_recording(self) -> bool:
        """True for the API and for instrumentors, which then set attributes; False, as of the dropped span, for others.

        Langfuse sends baggage and uploads media where a span records.
        """
        asks = sys._getframe(1).f_globals.get("__name__", "")
        return asks.startswith(_FOR_THE_FILE) and super().is_recording()


def stand_in(
    tracer: Any,
    dropped: NonRecordingSpan,
    name: str,
    context: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Any] | None = None,
    links: Sequence[Any] | None = (),
    start_time: int | None = None,
    record_exception: bool = True,
    set_status_on_exception: bool = True,
) -> OtelSpan | NonRecordingSpan:
    """The span that replaces `dropped`, which the sampler of an SDK provider decided not to record."""
    shown = span_in(context)
    parent_context = None if shown is None else shown.get_span_context()
    own = dropped.get_span_context()
    if parent_context is not None and parent_context.span_id == own.span_id:
        return dropped  # the tracer is switched off
    parent = parent_of(parent_context if parent_context is not None and parent_context.is_valid else None, context)
    sdk_scope = scope_of(tracer)
    scope = known_scope(sdk_scope)
    if isinstance(parent, Span) and is_recorded_by(parent, scope.name):
        set_record(dropped, parent)
        return dropped
    if scope.is_of_mlflow:

        def when_entered() -> Span | NoOpSpan:
            record = begin(name, "UNKNOWN", current_span(), attributes)
            if isinstance(record, Span):
                describe(record, scope.attributes, kind)
                record.enqueue()
            set_record(dropped, record)
            return record

        begin_when_entered(dropped, when_entered)
        return dropped
    record = begin(name, "UNKNOWN", parent, attributes, start_time)
    span = DroppedSpan(record, dropped)
    span.represent_record()
    if isinstance(record, Span):
        record.span_key = ids.signed_span_key(own.span_id)
        if record.parent_key is None:
            record.trace.trace_key = own.trace_id.to_bytes(16, "big")
        describe(record, scope.attributes, kind)
        if scope.is_of_any_client:
            remember(record)
        for link in links or ():
            span.add_link(link.context, link.attributes)
        record.enqueue()
    return span
