"""The span of code that is not recorded."""

from __future__ import annotations

from contextvars import Token
from typing import TYPE_CHECKING, Any

from ..parts.event import SpanEvent
from ..parts.link import Link
from ..parts.status import SpanStatus
from .current import current, detach_span
from .uninterrupted import uninterrupted_start

if TYPE_CHECKING:
    from .current import ContextSpan, ContextToken


class NoOpSpan:
    """The span that user code gets when nothing is recorded. Its methods accept any arguments and keep nothing."""

    __slots__ = ("context_token", "otel_span", "recorded_ancestor", "unreset_tokens")

    otel_span: Any
    trace_id = request_id = "0" * 32
    span_id = "0" * 16
    parent_id = name = inputs = outputs = end_time_ns = model_name = llm_cost = description = log_level = None
    span_type = "UNKNOWN"
    is_live_span = True
    status = SpanStatus("UNSET")
    start_time_ns = 0

    def __init__(self, recorded_ancestor: ContextSpan | None = None) -> None:
        self.recorded_ancestor = recorded_ancestor
        """The nearest span above that another process records. Its ids are passed on to other services unchanged."""
        self.context_token: ContextToken | None = None
        self.unreset_tokens: tuple[Token[ContextSpan | None], ...] | None = None

    def __enter__(self) -> NoOpSpan:
        self.resume()
        return self

    @uninterrupted_start
    def __exit__(self, *_: object) -> None:
        self.suspend()

    def resume(self) -> None:
        """Make this the current span, as entering the `with` block does."""
        self.context_token = current.set(self)

    @uninterrupted_start
    def suspend(self) -> None:
        """Make the span before it current again, as leaving the `with` block does."""
        token, self.context_token = self.context_token, None
        detach_span(self, token)

    def child(self) -> NoOpSpan:
        """Return a span for code inside this one."""
        return NoOpSpan(self.recorded_ancestor)

    @property
    def attributes(self) -> dict[str, Any]:
        """Always empty."""
        return {}

    @property
    def events(self) -> list[SpanEvent]:
        """Always empty."""
        return []

    @property
    def links(self) -> list[Link]:
        """Always empty."""
        return []

    def _ignore(self, *_: Any, **__: Any) -> None:
        """Accept any arguments and do nothing."""

    end = enqueue = fail = set_inputs = set_outputs = set_attribute = set_attributes = set_status = _ignore
    set_span_type = set_description = set_log_level = get_attribute = _ignore
    add_event = add_link = add_links = record_exception = _ignore


class DisabledSpan(NoOpSpan):
    """The current span inside `tracing.context(enabled=False)`: nothing is recorded, whatever parent a span names."""

    __slots__ = ("outer",)

    def __init__(self, outer: ContextSpan | None = None) -> None:
        super().__init__()
        self.outer = outer
        """The current span outside of the `with` block."""

    def child(self) -> DisabledSpan:
        """Return a span for code inside this one, disabled as well."""
        return DisabledSpan(self.outer)
