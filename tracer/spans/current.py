"""Which span the calling code is in.

Spans are usually left in the reverse order of their entry, in the context that they were entered in; then a token of
`contextvars` is all that is needed. A span that is left takes along what was entered in it and not left (a forgotten
`__enter__` or `attach`, resources that are closed first in, first out), as a token of the OpenTelemetry API does: what
stayed current would have every later request of the thread below it. What is left in another context (a generator that
is closed elsewhere) cannot be taken back at once, for that context is not running. It keeps its token in `left`, and is
taken back when it comes to light in the context that the token is of.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import NamedTuple, Protocol, TypeAlias

from .. import guard
from ..host.exceptions import is_from_host
from .uninterrupted import begun_at_once


class Around(Protocol):
    """What code can be in: a `Span`, a `NoOpSpan`, or a `RemoteParent`."""

    entry: Entry | None
    """What it is current by; None outside of its `with` block."""
    left: tuple[Token[Around | None], ...] | None
    """The tokens by which it was entered and could not be left at once; nearly always None."""


current: ContextVar[Around | None] = ContextVar("tracetui_span", default=None)
"""The span that user code is in, or the one elsewhere that it is below; to be read by `innermost`. Each asyncio task
and each `copy_context()` has its own."""

get_current, set_current, reset_current = current.get, current.set, current.reset
"""For spans, which look these up a few times each; in one name it takes half as long."""

_DEEPEST = 10_000
"""Where the search for what is around gives up."""


class NotPlain(Protocol):
    """What a span is current by if more than the token is to be seen to when it is left."""

    @property
    def token(self) -> Token[Around | None]:
        """Of `current`."""


Entry: TypeAlias = Token[Around | None] | NotPlain


class _AboveLeft(NamedTuple):
    """Of a span that was entered in one that has been left before it."""

    token: Token[Around | None]


def innermost() -> Around | None:
    """The span that the calling code is in.

    It has not been left, nor ended inside its `with` block. Only a task, or what else runs in a copy of a context or
    was given one, may be in a span that has ended meanwhile: its spans stay in the trace that started it.
    """
    span = current.get()
    return span if span is None or span.left is None else without_left(span)


def without_left(span: Around | None) -> Around | None:
    """What is current when `span`, which is, and others below it have been taken back where they were left."""
    try:
        while span is not None and span.left is not None:
            if not _take_back(span):
                return span
            span = current.get()
    except Exception:
        guard.fault("finding the current span")
    return span


def _take_back(span: Around) -> bool:
    """Whether one of the tokens is of this context. Those that were used go."""
    tokens = list(span.left or ())
    taken = False
    for token in reversed(tokens[:]):
        try:
            current.reset(token)
            taken = True
        except ValueError:  # of another context
            continue
        except RuntimeError:
            pass
        tokens.remove(token)
        if taken:
            break
    span.left = tuple(tokens) or None
    return taken


@begun_at_once
def leave(span: Around | None, entry: Entry | None) -> None:
    """Take back that `span` was made current, which gave `entry`, and what was entered in it, wherever that happens."""
    if entry is None:
        return
    try:
        _leave(span, token_of(entry))
    except BaseException as raised:  # by a signal handler of the host's, if not by us
        if is_from_host(raised):
            _leave(span, token_of(entry))
        if not isinstance(raised, Exception):
            raise
        guard.fault("leaving a span")


def _leave(span: Around | None, token: Token[Around | None]) -> None:
    here = current.get()
    if here is not span and (span is None or not is_inside(here, span)):
        _keep(span, token)
        return
    try:
        current.reset(token)
        innermost()
    except RuntimeError as refused:  # used when the span ended inside
        if is_from_host(refused):
            raise
        current.set(_before(token))
    except ValueError as refused:  # in a copy of the context that it was entered in
        if is_from_host(refused):
            raise
        _keep(span, token)
        if here is span:
            current.set(_before(token))


def end_inside(span: Around) -> None:
    """A span ends that is current by `span.entry`, and is so no longer.

    What was attached stays so in other contexts: a thread that was given the span to go on with stays in its trace.
    """
    entry = span.entry
    if entry is None:
        return
    if isinstance(entry, Token | _AboveLeft):
        _keep(span, token_of(entry))
    else:
        now = current.get()
        try:
            current.reset(entry.token)
        except (ValueError, RuntimeError):
            return
        _keep(span, current.set(now))  # which goes back to what was current before `span`
    innermost()


def restore(token: Token[Around | None] | None) -> None:
    """Make current what was so before `token`, whatever was entered since and has not been left."""
    if token is None:
        return
    try:
        current.reset(token)
    except ValueError:  # ended in another context than it began in: this one never had it
        pass
    except RuntimeError:  # the span has ended inside, and was taken back then
        current.set(entered_in(token))
    except Exception:
        guard.fault("restoring the context")


def is_inside(span: Around | None, outer: Around) -> bool:
    """Whether the code that `span` was entered in, or one around it, was in `outer`."""
    for _ in range(_DEEPEST):
        span = entered_in(getattr(span, "entry", None))
        if span is None or span is outer:
            return span is outer
    return False


def entered_in(entry: Entry | None) -> Around | None:
    """What was current when `entry` was made."""
    span = None if entry is None else token_of(entry).old_value
    return None if span is Token.MISSING else span


def token_of(entry: Entry) -> Token[Around | None]:
    """What resets `current` to what was before."""
    return entry if isinstance(entry, Token) else entry.token


def _keep(span: Around | None, token: Token[Around | None]) -> None:
    """Keep a token for when the span comes to light. That is at the latest when the one above it is left: a context
    that is copied afterwards must not have it."""
    if span is None:
        return
    span.left = (*(span.left or ()), token)
    above = current.get()
    for _ in range(_DEEPEST):
        entry: Entry | None = getattr(above, "entry", None)
        if entry is None:
            return
        below = entered_in(entry)
        if below is span:
            if isinstance(entry, Token):
                above.entry = _AboveLeft(entry)  # type: ignore[union-attr]
            return
        above = below


def _before(token: Token[Around | None]) -> Around | None:
    """What was current before `token`, but for what has been left since."""
    span = entered_in(token)
    while span is not None and span.left:
        span = entered_in(span.left[-1])
    return span
