"""The span of code that is not recorded."""

from __future__ import annotations

from contextvars import Token
from typing import TYPE_CHECKING, Any

from ..parts.event import SpanEvent
from ..parts.link import Link
from ..parts.status import SpanStatus
from .current import current, leave
from .uninterrupted import begun_at_once

if TYPE_CHECKING:
    from .current import Around, Entry


class NoOpSpan:
    """What user code gets when nothing is recorded: it takes everything and keeps nothing."""

    __slots__ = ("entry", "left", "otel_span", "remote")

    otel_span: Any
    trace_id = request_id = "0" * 32
    span_id = "0" * 16
    parent_id = name = inputs = outputs = end_time_ns = model_name = llm_cost = description = log_level = None
    span_type = "UNKNOWN"
    is_live_span = True
    status = SpanStatus("UNSET")
    start_time_ns = 0

    def __init__(self, remote: Around | None = None) -> None:
        self.remote = remote
        """The nearest span above that somebody records: its ids are passed on to other services as they are."""
        self.entry: Entry | None = None
        self.left: tuple[Token[Around | None], ...] | None = None

    def __enter__(self) -> NoOpSpan:
        self.step_in()
        return self

    @begun_at_once
    def __exit__(self, *_: object) -> None:
        self.step_out()

    def step_in(self) -> None:
        """As entering the `with` block."""
        self.entry = current.set(self)

    @begun_at_once
    def step_out(self) -> None:
        """As leaving the `with` block: there is nothing to end."""
        entry, self.entry = self.entry, None
        leave(self, entry)

    def below(self) -> NoOpSpan:
        """The span of code inside this one."""
        return NoOpSpan(self.remote)

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

    def _nothing(self, *_: Any, **__: Any) -> None:
        """Take anything, keep nothing."""

    end = open = fail = set_inputs = set_outputs = set_attribute = set_attributes = set_status = set_span_type = (
        _nothing
    )
    add_event = add_link = add_links = record_exception = get_attribute = set_description = set_log_level = _nothing


class Off(NoOpSpan):
    """What is current where nothing is recorded, whatever parent a span names: `tracing.context(enabled=False)`."""

    __slots__ = ("outside",)

    def __init__(self, outside: Around | None = None) -> None:
        super().__init__()
        self.outside = outside
        """What was current around it."""

    def below(self) -> Off:
        """The span of code inside: off as well."""
        return Off(self.outside)
