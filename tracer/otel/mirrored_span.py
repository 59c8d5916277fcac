"""A span of the tracer that mirrors a span of the SDK, and the parent of a span that begins in another provider."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import ref

from opentelemetry import context as context_api
from opentelemetry.context.context import Context
from opentelemetry.trace import SpanContext, StatusCode

from ...store.model.rows import ERROR, OK
from ..parts import ids
from ..spans.current import ContextSpan, current_span
from ..spans.span import Span
from ..values.snapshot import ATOMS, snapshot
from . import mlflow_spans
from .other_contexts import current_elsewhere
from .other_providers import record_of, remote_parent
from .private_names import EVENTS, LINKS, SPAN_KEY
from .readable_span import link_to


class MirroredSpan(Span):
    """A span of the tracer that mirrors a span of the SDK."""

    __slots__ = ("_is_of_mlflow", "_source", "context")

    _source: ref[Any]
    _is_of_mlflow: bool
    context: SpanContext
    """The ids in their own provider."""

    def mirror(self, source: Any, *, is_of_mlflow: bool) -> None:
        """Mirror `source`, a span of the SDK, from now on."""
        context = self.context = source.context
        self._source = ref(source)
        span_id = context.span_id
        self._is_of_mlflow = is_of_mlflow
        self.span_key = ids.signed_span_key(span_id)
        if self.parent_key is None:
            self.trace.trace_key = context.trace_id.to_bytes(16, "big")
        open_mirrors[span_id] = opened = _Open(self, _forget)
        opened.span_id = span_id

    def refresh(self) -> None:
        """Copy what the span of the SDK holds now."""
        source = self._source()
        if source is not None and self.end_ns is None:
            with suppress(RuntimeError):  # the host's thread adds an event at this moment: the next refresh has it
                self.read(source)

    def read(self, source: Any) -> None:
        """Copy name, attributes, events, links and status of a span of the SDK, open or ended."""
        self.name = source.name
        attributes: dict[str, Any] = source.attributes.copy()  # whole, while other threads add to it
        if not ATOMS.issuperset(map(type, attributes.values())):
            attributes = {key: value if type(value) in ATOMS else snapshot(value) for key, value in attributes.items()}
        if self._is_of_mlflow:
            attributes = {key: mlflow_spans.decoded(key, value) for key, value in attributes.items()}
        self.attribute_values = {**self.attribute_values, **attributes}
        if getattr(source, EVENTS, True):  # the SDK's own list: `events` copies it
            self.event_list = [_event(event) for event in source.events] or None
        if getattr(source, LINKS, True):
            self.link_list = None
            for link in source.links:
                link_to(self, link.context, link.attributes)
        status = source.status
        code = status.status_code
        if code is StatusCode.ERROR:
            self.status_code, self.status_message = ERROR, status.description
        elif code is StatusCode.OK:
            self.status_code, self.status_message = OK, None


class _Open(ref[MirroredSpan]):
    """A reference with its key in `open_mirrors`: `WeakValueDictionary`, in a quarter of its time."""

    __slots__ = ("span_id",)

    span_id: int


open_mirrors: dict[int, _Open] = {}
"""The mirrors of the spans of the SDK that are open, by span id; a mirror without other references is removed."""


def _forget(gone: _Open) -> None:
    open_mirrors.pop(gone.span_id, None)


def parent_of(parent: SpanContext | None, context: Context | None) -> ContextSpan | None:
    """The parent in the trace file of a span that begins below `parent` in its own provider.

    `context` is the argument that its provider received. The tracer's current span is the parent if the provider's
    current span, in the API's context or one beside it, is `parent`: the tracer's is then its record, or a span below.
    """
    if parent is None:
        is_now = (
            context is None or span_in(context) is span_in(None) or any(now is context for now in current_elsewhere())
        )
        return current_span() if is_now else None
    here = current_span()
    if isinstance(here, MirroredSpan) and here.context is parent:
        return here
    if here is not None and any(_has(now, parent) for now in (None, *current_elsewhere())):
        return here
    opened = open_mirrors.get(parent.span_id)
    return record_of(span_in(context)) or (None if opened is None else opened()) or remote_parent(parent)


def _has(context: Context | None, parent: SpanContext) -> bool:
    """Whether the span in a context is `parent`."""
    shown = span_in(context)
    return shown is not None and bool(shown.get_span_context().span_id == parent.span_id)


def span_in(context: Context | None) -> Any:
    """Return the span in a context of the API, None for the present context."""
    return (context_api.get_current() if context is None else context).get(SPAN_KEY)


def _event(event: Any) -> dict[str, Any]:
    attributes = {
        key: value if type(value) in ATOMS else snapshot(value) for key, value in (event.attributes or {}).items()
    }
    return {"name": event.name, "time_ns": event.timestamp, "attributes": attributes}
