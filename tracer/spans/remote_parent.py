"""A parent span in another process, as a `traceparent` header names it."""

from __future__ import annotations

from contextvars import Token
from typing import TYPE_CHECKING

from .live_trace import SAMPLED
from .trace_registry import live_traces

if TYPE_CHECKING:
    from .current import ContextSpan, ContextToken


class RemoteParent:
    """A span that another process or another provider records, or decided not to record."""

    __slots__ = ("_has_entry", "context_token", "has_children", "is_sampled", "span_key", "trace", "unreset_tokens")

    def __init__(
        self,
        trace_key: bytes,
        span_key: int,
        *,
        flags: int = SAMPLED,
        tracestate: str | None = None,
        is_sampled: bool | None = None,
    ) -> None:
        """Passes `flags` and `tracestate` on unchanged. `is_sampled`, by default the flag, decides about recording."""
        self.trace = live_traces.remote(trace_key, flags, tracestate)
        self.span_key = span_key
        self.is_sampled = bool(flags & SAMPLED) if is_sampled is None else is_sampled
        self._has_entry = False
        self.has_children = False
        self.context_token: ContextToken | None = None
        self.unreset_tokens: tuple[Token[ContextSpan | None], ...] | None = None

    def claim_entry(self) -> bool:
        """Return True once, to the first span below this parent: that span stands for the root of the trace here."""
        is_first, self._has_entry = not self._has_entry, True
        return is_first
