"""The current span: the span that the calling code is in.

To attach a span makes it current; to detach it makes the span before it current again. Spans are usually detached in
the reverse order, in the context in which they were attached; then a token of `contextvars` is enough.

A span that is detached takes the spans that were attached inside it along (a forgotten `__enter__`, resources closed
first in, first out), as a token of the OpenTelemetry API does. If they stayed current, all later requests of the thread
would go below them.

A span that is detached in another context (a generator that is closed elsewhere) cannot be reset at once, because the
context of its token is not running. It keeps the token in `unreset_tokens`. The token is reset when that context runs
and finds the span current.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import NamedTuple, Protocol, TypeAlias

from .. import guard
from ..host.exceptions import is_from_host
from .uninterrupted import uninterrupted_start


class ContextSpan(Protocol):
    """A span that can be current: a `Span`, a `NoOpSpan`, or a `RemoteParent`."""

    context_token: ContextToken | None
    """The token of its attachment; None while it is not attached by its own `with` block."""
    unreset_tokens: tuple[Token[ContextSpan | None], ...] | None
    """Tokens of attachments that are over but could not be reset at once. Nearly always None."""


current: ContextVar[ContextSpan | None] = ContextVar("tracetui_span", default=None)
"""The current span, or the remote parent of spans that begin here. Read it by `current_span()`. Each asyncio task and
each `copy_context()` has its own value."""

get_current, set_current, reset_current = current.get, current.set, current.reset
"""Each span looks these up a few times, and a single name takes half the time."""

_MAX_DEPTH = 10_000
"""Attached spans that a search goes through."""


class TokenHolder(Protocol):
    """The token of an attachment, held by an object that does more than reset it when the span is detached."""

    @property
    def token(self) -> Token[ContextSpan | None]:
        """The token of `current`."""


ContextToken: TypeAlias = Token[ContextSpan | None] | TokenHolder


class _NestedToken(NamedTuple):
    """The token of a span that was attached inside a span that has been detached first."""

    token: Token[ContextSpan | None]


def current_span() -> ContextSpan | None:
    """Return the span that the calling code is in.

    The span has not been detached and has not ended inside its `with` block. Only code that runs in a copy of a
    context, such as a task, may be in a span that has ended since: its spans stay in the trace that started it.
    """
    span = current.get()
    return span if span is None or span.unreset_tokens is None else skip_detached(span)


def skip_detached(span: ContextSpan | None) -> ContextSpan | None:
    """Return the current span after resetting `span`, which is current, and spans before it that were detached."""
    try:
        while span is not None and span.unreset_tokens is not None:
            if not _reset_pending(span):
                return span
            span = current.get()
    except Exception:
        guard.fault("finding the current span")
    return span


def _reset_pending(span: ContextSpan) -> bool:
    """Reset one unreset token of this context. Returns whether there was one. Used tokens are removed."""
    tokens = list(span.unreset_tokens or ())
    is_reset = False
    for token in reversed(tokens[:]):
        try:
            current.reset(token)
            is_reset = True
        except ValueError:  # the token belongs to another context
            continue
        except RuntimeError:
            pass
        tokens.remove(token)
        if is_reset:
            break
    span.unreset_tokens = tuple(tokens) or None
    return is_reset


@uninterrupted_start
def detach_span(span: ContextSpan | None, token: ContextToken | None) -> None:
    """End the attachment of `span` that returned `token`, and of all spans attached inside it, in any context."""
    if token is None:
        return
    try:
        _detach(span, plain_token(token))
    except BaseException as raised:  # a signal handler of the host may have raised it
        if is_from_host(raised):
            _detach(span, plain_token(token))
        if not isinstance(raised, Exception):
            raise
        guard.fault("leaving a span")


def _detach(span: ContextSpan | None, token: Token[ContextSpan | None]) -> None:
    here = current.get()
    if here is not span and (span is None or not is_nested_in(here, span)):
        _defer_reset(span, token)
        return
    try:
        current.reset(token)
        current_span()
    except RuntimeError as refused:  # already used: the span ended inside its block
        if is_from_host(refused):
            raise
        current.set(_previous_attached(token))
    except ValueError as refused:  # this is a copy of the context of the token
        if is_from_host(refused):
            raise
        _defer_reset(span, token)
        if here is span:
            current.set(_previous_attached(token))


def detach_ended_span(span: ContextSpan) -> None:
    """Detach a span that ends inside its `with` block.

    In other contexts it stays attached: a thread that continues with the span stays in its trace.
    """
    held = span.context_token
    if held is None:
        return
    if isinstance(held, Token | _NestedToken):
        _defer_reset(span, plain_token(held))
    else:
        now = current.get()
        try:
            current.reset(held.token)
        except (ValueError, RuntimeError):
            return
        _defer_reset(span, current.set(now))  # this token goes back to the span before `span`
    current_span()


def restore(token: Token[ContextSpan | None] | None) -> None:
    """Make the span before `token` current again, whatever was attached since and not detached."""
    if token is None:
        return
    try:
        current.reset(token)
    except ValueError:  # this context is not the one of the token, and never had the span
        pass
    except RuntimeError:  # already used: the span ended inside its block
        current.set(previous_span(token))
    except Exception:
        guard.fault("restoring the context")


def is_nested_in(span: ContextSpan | None, outer: ContextSpan) -> bool:
    """Return whether `span` was attached inside `outer`, directly or inside other spans."""
    for _ in range(_MAX_DEPTH):
        span = previous_span(getattr(span, "context_token", None))
        if span is None or span is outer:
            return span is outer
    return False


def previous_span(token: ContextToken | None) -> ContextSpan | None:
    """Return the span that was current before the attachment of `token`."""
    span = None if token is None else plain_token(token).old_value
    return None if span is Token.MISSING else span


def plain_token(token: ContextToken) -> Token[ContextSpan | None]:
    """Return the token of `contextvars`."""
    return token if isinstance(token, Token) else token.token


def _defer_reset(span: ContextSpan | None, token: Token[ContextSpan | None]) -> None:
    """Keep a token until its context finds the span current.

    That is at the latest when the span attached inside it is detached: a copy of the context made afterwards must not
    have the detached span.
    """
    if span is None:
        return
    span.unreset_tokens = (*(span.unreset_tokens or ()), token)
    inner = current.get()
    for _ in range(_MAX_DEPTH):
        held: ContextToken | None = getattr(inner, "context_token", None)
        if held is None:
            return
        outer = previous_span(held)
        if outer is span:
            if isinstance(held, Token):
                inner.context_token = _NestedToken(held)  # type: ignore[union-attr]
            return
        inner = outer


def _previous_attached(token: Token[ContextSpan | None]) -> ContextSpan | None:
    """Return the span before `token`, without spans that have been detached since."""
    span = previous_span(token)
    while span is not None and span.unreset_tokens:
        span = previous_span(span.unreset_tokens[-1])
    return span
