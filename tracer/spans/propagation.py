"""One trace over several processes: the `traceparent` and `tracestate` headers of W3C Trace Context.

A header that cannot be read is ignored, as the standard asks: the request then begins a trace of its own. Only
`set_tracing_context_from_http_request_headers` raises, where there is none, as MLflow's does.
https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import Token
from types import TracebackType
from typing import Any

from .. import guard
from ..exceptions import InvalidValueError
from ..parts import ids
from .current import Around, current, innermost, leave
from .no_op_span import NoOpSpan
from .remote_parent import SAMPLED, RemoteParent
from .span import Span
from .uninterrupted import begun_at_once

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

MAX_TRACESTATE_CHARS = 8_192
"""A longer `tracestate` is not passed on; the standard asks for 512 at least."""

foreign_headers: Callable[[], dict[str, str]] | None = None
"""Returns the headers of another provider's current span; set while spans of such a provider are seen."""

Headers = Mapping[str, Any] | Iterable[tuple[Any, Any]]
"""Headers of a request: a mapping, or pairs as ASGI has them; names in any case, text or bytes."""


def parse_traceparent(text: str, tracestate: str | None = None) -> RemoteParent | None:
    """The parent that a `traceparent` header names, or None for one that the standard calls invalid."""
    fields = text.strip(" \t").split("-")
    if len(fields) < 4 or [len(field) for field in fields[:4]] != [2, 32, 16, 2]:
        return None
    version, trace, span, flags = fields[:4]
    if not ids.LOWERCASE_HEX_DIGITS.issuperset(version + trace + span + flags):
        return None
    if version == "ff" or (version == "00" and len(fields) != 4):
        return None
    trace_key, span_number = bytes.fromhex(trace), int(span, 16)
    if not any(trace_key) or not span_number:
        return None
    return RemoteParent(
        trace_key,
        ids.signed_span_key(span_number),
        flags=int(flags, 16),
        tracestate=tracestate,
    )


def read_headers(headers: Headers) -> RemoteParent | None:
    """The parent that a request's headers name, or None. Never raises."""
    try:
        parents, states = [], []
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            key = _text(name).lower()
            if key == TRACEPARENT:
                parents.append(_text(value))
            elif key == TRACESTATE:
                states.append(_text(value))
        if len(parents) != 1:  # none, or two that disagree
            return None
        state = ",".join(states)
        return parse_traceparent(parents[0], state if 0 < len(state) <= MAX_TRACESTATE_CHARS else None)
    except Exception:  # the host's headers are of any kind
        return None


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class remote_context:
    """`with remote_context(headers):` - spans inside go below the span that the headers name.

    Without such headers, or with bad ones, the code inside runs as it would have.
    """

    def __init__(self, headers: Headers) -> None:
        self._parent = read_headers(headers)
        self._token: Token[Any] | None = None

    def __enter__(self) -> RemoteParent | None:
        if self._parent is not None:
            innermost()
            self._parent.entry = self._token = current.set(self._parent)
        return self._parent

    @begun_at_once
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        leave(self._parent, self._token)


def set_tracing_context_from_http_request_headers(headers: Headers) -> remote_context:
    """`with set_tracing_context_from_http_request_headers(request.headers):` - continue the caller's trace inside.

    MLflow's name for `remote_context`, and as strict: raises ValueError where no `traceparent` is among the headers.
    One that cannot be read is ignored, for a caller's mistake must not fail the request.
    """
    if not isinstance(headers, Mapping):
        headers = list(headers)
    names = headers if isinstance(headers, Mapping) else [name for name, _ in headers]
    if TRACEPARENT not in (_text(name).lower() for name in names):
        raise InvalidValueError(
            "the request headers hold no `traceparent`; the caller adds it with"
            " get_tracing_context_headers_for_http_request()"
        )
    return remote_context(headers)


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """The headers that make the service one calls continue this trace; empty outside of any span.

    Where this trace is not recorded, they are those that came with the request, unchanged; none if none came. Beside an
    OpenTelemetry provider of the program's own, they name the span of that provider.
    """
    try:
        if foreign_headers is not None and (headers := foreign_headers()):
            return headers
        return _headers_of(innermost())
    except Exception:
        guard.fault("making headers for a request")
        return {}


def _headers_of(span: Around | None) -> dict[str, str]:
    if isinstance(span, NoOpSpan):
        span = span.remote
    if not isinstance(span, Span | RemoteParent):
        return {}
    flags = getattr(span.trace, "flags", SAMPLED)
    if isinstance(span, Span):
        flags |= SAMPLED
    headers = {TRACEPARENT: f"00-{span.trace.trace_key.hex()}-{ids.span_hex(span.span_key)}-{flags:02x}"}
    if state := getattr(span.trace, "tracestate", None):
        headers[TRACESTATE] = state
    return headers
