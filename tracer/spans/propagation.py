"""One trace across several processes: the `traceparent` and `tracestate` headers of W3C Trace Context.

An invalid header is ignored, as the standard requires: the request then begins a new trace. Only
`set_tracing_context_from_http_request_headers` raises, if there is no header, as MLflow's function does.
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
from .current import ContextSpan, current, current_span, detach_span
from .live_trace import SAMPLED
from .no_op_span import NoOpSpan
from .remote_parent import RemoteParent
from .span import Span
from .uninterrupted import uninterrupted_start

TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"

MAX_TRACESTATE_CHARS = 8_192
"""A longer `tracestate` is not passed on. The standard requires at least 512."""

other_provider_headers: Callable[[], dict[str, str]] | None = None
"""Returns the headers of the current span of another OpenTelemetry provider. None while there is no such provider."""

Headers = Mapping[str, Any] | Iterable[tuple[Any, Any]]
"""Headers of a request: a mapping, or pairs as in ASGI. Names are in any case, text or bytes."""


def parse_traceparent(text: str, tracestate: str | None = None) -> RemoteParent | None:
    """Return the parent that a `traceparent` header names, or None if the header is invalid."""
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


def extract_parent(headers: Headers) -> RemoteParent | None:
    """Return the parent that the headers of a request name, or None. Never raises."""
    try:
        parents, states = [], []
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            key = _text(name).lower()
            if key == TRACEPARENT:
                parents.append(_text(value))
            elif key == TRACESTATE:
                states.append(_text(value))
        if len(parents) != 1:  # no header, or more than one
            return None
        state = ",".join(states)
        return parse_traceparent(parents[0], state if 0 < len(state) <= MAX_TRACESTATE_CHARS else None)
    except Exception:  # the host's headers may be any object
        return None


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class remote_context:
    """`with remote_context(headers):` - spans inside are children of the span that the headers name.

    Missing or invalid headers change nothing. One that is entered by hand and forgotten ends when it is collected, as a
    context manager that a generator makes does: the next request of the thread must not go below this one's caller.
    """

    def __init__(self, headers: Headers) -> None:
        self._parent = extract_parent(headers)
        self._token: Token[Any] | None = None

    def __enter__(self) -> RemoteParent | None:
        if self._parent is not None:
            current_span()
            self._parent.context_token = self._token = current.set(self._parent)
        return self._parent

    @uninterrupted_start
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        token, self._token = self._token, None
        detach_span(self._parent, token)

    def __del__(self) -> None:
        if getattr(self, "_token", None) is not None:
            self.__exit__(None, None, None)


def set_tracing_context_from_http_request_headers(headers: Headers) -> remote_context:
    """`with set_tracing_context_from_http_request_headers(request.headers):` - continue the caller's trace inside.

    MLflow's name for `remote_context`. As in MLflow, it raises ValueError if the headers have no `traceparent`. An
    invalid `traceparent` is ignored, because a mistake of the caller must not fail the request.
    """
    if not isinstance(headers, Mapping):
        headers = list(headers)
    names = headers if isinstance(headers, Mapping) else [name for name, _ in headers]
    if TRACEPARENT not in (_text(name).lower() for name in names):
        raise InvalidValueError(
            "the request headers have no `traceparent`; the caller adds it with"
            " get_tracing_context_headers_for_http_request()"
        )
    return remote_context(headers)


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """Return headers with which a called service continues this trace. They are empty outside of any span.

    If this trace is not recorded, they are the headers of the incoming request, unchanged, or none. If the program
    has an OpenTelemetry provider of its own, they name that provider's span.
    """
    try:
        if other_provider_headers is not None and (headers := other_provider_headers()):
            return headers
        return _headers_of(current_span())
    except Exception:
        guard.fault("making headers for a request")
        return {}


def _headers_of(span: ContextSpan | None) -> dict[str, str]:
    if isinstance(span, NoOpSpan):
        span = span.recorded_ancestor
    if not isinstance(span, Span | RemoteParent):
        return {}
    flags = getattr(span.trace, "flags", SAMPLED)
    if isinstance(span, Span):
        flags |= SAMPLED
    headers = {TRACEPARENT: f"00-{span.trace.trace_key.hex()}-{ids.span_hex(span.span_key)}-{flags:02x}"}
    if state := getattr(span.trace, "tracestate", None):
        headers[TRACESTATE] = state
    return headers
