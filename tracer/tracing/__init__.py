"""The functions of `mlflow.tracing`: `tracing.enable()`, `tracing.context(...)` and others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Token
from types import TracebackType
from typing import Any

from .. import guard
from ..api.configure import configure as configure_process
from ..api.configure import disable, enable
from ..recording import process_recorder
from ..settings.settings import config
from ..spans import context_labels
from ..spans.current import ContextSpan, current, current_span, detach_span
from ..spans.no_op_span import DisabledSpan, NoOpSpan
from ..spans.propagation import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..spans.trace_registry import live_traces
from ..spans.uninterrupted import uninterrupted_start
from ..values.snapshot import text_entries

__all__ = [
    "configure",
    "context",
    "disable",
    "disable_notebook_display",
    "enable",
    "enable_notebook_display",
    "get_tracing_context_headers_for_http_request",
    "reset",
    "set_destination",
    "set_span_chat_tools",
    "set_tracing_context_from_http_request_headers",
]


def _labels(entries: Mapping[str, Any] | None) -> dict[str, str]:
    try:
        return text_entries(entries) if entries else {}
    except Exception:
        guard.fault("reading labels")
        return {}


class context:
    """`with tracing.context(session_id="s-1", tags={...}):` sets labels of each trace that begins inside the block.

    Contexts nest: a label of the inner one replaces that of the outer one. `enabled=False` stops recording inside the
    block, and `enabled=True` inside of that records again. `enabled=True` has no effect, with a warning, while tracing
    is disabled for the whole process.
    """

    def __init__(
        self,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        enabled: bool | None = None,
        session_id: str | None = None,
        user: str | None = None,
    ) -> None:
        self._metadata = _labels(metadata)
        self._tags = _labels(tags)
        self._enabled = enabled
        named = {field: self._metadata.get(key) for key, field in context_labels.RESERVED_METADATA.items()}
        self._session_id = named["session_id"] if session_id is None else str(session_id)
        self._user = named["user_id"] if user is None else str(user)
        self._labels_token: Token[context_labels.Labels] | None = None
        self._inside: ContextSpan | None = None
        self._span_token: Token[Any] | None = None

    def __enter__(self) -> context:
        try:
            self._set_labels()
            self._set_recording()
        except Exception:
            guard.fault("entering tracing.context")
        return self

    @uninterrupted_start
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            detach_span(self._inside, self._span_token)
        finally:
            if self._labels_token is not None:
                with suppress(ValueError):  # left in another context than it was entered in
                    context_labels.current_labels.reset(self._labels_token)

    def _set_labels(self) -> None:
        if not (self._tags or self._metadata or self._session_id or self._user):
            return
        outer = context_labels.current_labels.get()
        self._labels_token = context_labels.current_labels.set(
            context_labels.Labels(
                {**outer.tags, **self._tags},
                {**outer.metadata, **self._metadata},
                self._session_id or outer.session_id,
                self._user or outer.user_id,
            )
        )
        around = current_span()
        if isinstance(around, RemoteParent):  # the trace began elsewhere; here it begins inside
            live_traces.label(around.trace, context_labels.get_labels())

    def _set_recording(self) -> None:
        around = current_span()
        if self._enabled is False:
            self._inside = off = DisabledSpan(around)
            off.context_token = self._span_token = current.set(off)
        elif self._enabled and isinstance(around, DisabledSpan):
            self._inside = around.outer
            self._span_token = current.set(self._inside)
        if self._enabled and not config.enabled:
            guard.warn(
                "context(enabled)",
                "tracing.context(enabled=True) has no effect: the whole process records nothing; call tracer.enable()",
            )


class configure:
    """Set the functions that see each span before it is written, and may change it. An empty list removes them.

    They stay until the next call. After `with configure(span_processors=[f]):` the former ones are set again.
    """

    def __init__(self, span_processors: Sequence[Callable[[Any], None]] | None = None) -> None:
        self._former = config.span_processors
        if span_processors is not None:
            process_recorder.get().flush()  # ended spans belong to the former processors
            configure_process(span_processors=list(span_processors))

    def __enter__(self) -> configure:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        process_recorder.get().flush()
        config.span_processors = self._former


def reset() -> None:
    """Enable recording, and remove the span processors."""
    enable()
    configure(span_processors=[])


def set_destination(destination: Any, *, context_local: bool = False) -> None:
    """Do nothing, with a warning: traces go to the file of `tracer.configure(db=...)`."""
    guard.warn(
        "set_destination", "tracing.set_destination() is ignored; choose the trace file by tracer.configure(db=...)"
    )


def set_span_chat_tools(span: Span | NoOpSpan, tools: Sequence[Any]) -> None:
    """Record the tools of a call of a chat model, as MLflow's attribute `mlflow.chat.tools`."""
    span.set_attribute("mlflow.chat.tools", list(tools))


def enable_notebook_display() -> None:
    """Do nothing: a notebook shows a trace that is the value of a cell."""


def disable_notebook_display() -> None:
    """Do nothing: a notebook shows a trace only if it is the value of a cell."""
