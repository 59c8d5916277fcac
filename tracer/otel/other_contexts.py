"""Runtime contexts beside the API's: MLflow keeps its current span in one of its own.

A span that is attached to such a context, and is recorded, becomes the parent of spans that begin inside; what the
context itself returns does not change.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Token
from typing import Any, NamedTuple, cast
from weakref import ref

from opentelemetry.context.context import Context
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext
from opentelemetry.trace import NonRecordingSpan

from .. import guard
from ..spans.current import ContextSpan, current, current_span, detach_span
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from .other_providers import record_of, remote_parent
from .private_names import SPAN_KEY, RuntimeContext

_WHEN_ENTERED = "tracetui_when_entered"
"""The attribute of a span that another provider dropped: the function that begins its record."""

_others: list[ref[Any]] = []
"""The runtime contexts that have been in use, without the API's."""


class _Attached(NamedTuple):
    """The token that `attach` of such a context returns and its `detach` accepts."""

    values: Token[Context]
    span: ContextSpan
    token: Token[Any]
    """The token of the tracer's own variable."""
    will_end: bool
    """Whether the span ends when it is detached, since nothing else ends it."""

    @property
    def old_value(self) -> Context:
        """The context that was attached before."""
        return cast(Context, self.values.old_value)


def begin_when_entered(dropped: NonRecordingSpan, begin: Callable[[], Span | NoOpSpan]) -> None:
    """Record a span that another provider dropped from its `attach` to its `detach`; `begin` makes the record."""
    setattr(dropped, _WHEN_ENTERED, begin)


def current_elsewhere() -> list[Context]:
    """The values that are attached to the contexts beside the API's."""
    return [other.get_current() for found in _others if (other := found()) is not None] if _others else []


def watch(of_the_api: RuntimeContext) -> None:
    """Follow every runtime context but `of_the_api` from now on."""
    kind: Any = ContextVarsRuntimeContext
    if hasattr(kind.attach, "__wrapped__"):
        return
    if isinstance(of_the_api, kind):  # the API's own goes on with the methods as they are
        for name in ("attach", "detach", "get_current"):
            setattr(of_the_api, name, getattr(of_the_api, name))
    kind.attach, kind.detach, kind.get_current = _attach(kind.attach), _detach(kind.detach), _seen(kind.get_current)


def _attach(original: Callable[[Any, Context], Token[Context]]) -> Callable[[Any, Context], Any]:
    @functools.wraps(original)
    def attach(self: Any, context: Context) -> Any:
        values = original(self, context)
        try:
            given: Any = context.get(SPAN_KEY)
            begin = getattr(given, _WHEN_ENTERED, None)
            span = _recorded(given) if begin is None else begin()
            if span is None:
                return values
            if begin is not None:
                delattr(given, _WHEN_ENTERED)
            attached = _Attached(values, span, current.set(span), will_end=begin is not None)
            if isinstance(span, Span) and span.context_token is None:
                span.context_token = attached
            return attached
        except Exception:
            guard.fault("following a context beside OpenTelemetry's own")
            return values

    return attach


def _detach(original: Callable[[Any, Token[Context]], None]) -> Callable[[Any, Any], None]:
    @functools.wraps(original)
    def detach(self: Any, token: Any) -> None:
        if isinstance(token, _Attached):
            span = token.span
            if isinstance(span, Span) and span.context_token is token:
                span.context_token = None
            detach_span(span, token)
            if token.will_end and isinstance(span, Span):
                span.end()
            token = token.values
        original(self, token)

    return detach


def _seen(original: Callable[[Any], Context]) -> Callable[[Any], Context]:
    """A `get_current` that notes its context; it is called before the first span is attached."""

    @functools.wraps(original)
    def get_current(self: Any) -> Context:
        if not any(found() is self for found in _others):
            _others[:] = [*(found for found in _others if found() is not None), ref(self)]
        return original(self)

    return get_current


def _recorded(given: Any) -> ContextSpan | None:
    """The span of the tracer that stands for `given`; None where the current span is not to change."""
    if given is None or (record := record_of(given)) is not None:
        return None if given is None else record
    if type(given) is NonRecordingSpan and (span_context := given.get_span_context()).is_remote:
        here = current_span()
        is_here = isinstance(here, RemoteParent) and here.span_key == remote_parent(span_context).span_key
        return here if is_here else remote_parent(span_context)
    return None
