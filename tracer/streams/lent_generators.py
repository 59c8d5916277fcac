"""Generators that a function has made and returned: the host may hold them too, and read them or not."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator
from typing import Any

from .. import guard
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from .generators import measured, measured_async, named_as
from .meter import was_left


def lent_generator(
    span: Span | NoOpSpan, generator: Any, *, has_all_chunks: bool = False, is_body: bool = False
) -> Any:
    """Measure a generator, whose end is that of `span`; `is_body` says that it makes the body of a response."""
    begin = _UntilTheFirstStep(span, is_body=is_body)
    return named_as(generator, measured(begin, _Lent(generator), has_all_chunks=has_all_chunks))


def lent_async_generator(
    span: Span | NoOpSpan,
    generator: AsyncGenerator[Any, Any],
    *,
    has_all_chunks: bool = False,
    is_body: bool = False,
) -> AsyncGenerator[Any, Any]:
    """`lent_generator`, for async generators."""
    begin = _UntilTheFirstStep(span, is_body=is_body)
    return named_as(generator, measured_async(begin, _LentAsync(generator), has_all_chunks=has_all_chunks))


class _Lent:
    """A generator that the host may hold too: then it stays open when a consumer of ours is through with it."""

    __slots__ = ("send", "throw")

    send: Any
    throw: Any

    def __init__(self, generator: Generator[Any, Any, Any]) -> None:
        self.send, self.throw = generator.send, generator.throw

    def close(self) -> Any:
        """Close it, and give what it returns at that; nothing while somebody else holds it."""
        return None if sys.getrefcount(self.send.__self__) > _OUR_REFERENCES else self.send.__self__.close()


class _LentAsync:
    """The same of an async generator."""

    __slots__ = ("asend", "athrow")

    asend: Any
    athrow: Any

    def __init__(self, generator: AsyncGenerator[Any, Any]) -> None:
        self.asend, self.athrow = generator.asend, generator.athrow

    async def aclose(self) -> None:
        """Close it; nothing while somebody else holds it."""
        if sys.getrefcount(self.asend.__self__) <= _OUR_REFERENCES:
            await self.asend.__self__.aclose()


_OUR_REFERENCES = 3
"""Two bound methods, and the argument of the call that counts."""


def _is_head() -> bool:
    """Whether Flask or Quart answers a HEAD request here: of a generator that is returned it may make its response."""
    for name in ("flask", "quart"):
        try:
            if (module := sys.modules.get(name)) and module.has_request_context() and module.request.method == "HEAD":
                return True
        except Exception:
            guard.fault("looking for a request")
    return False


class _UntilTheFirstStep:
    """What a generator begins with, living in its frame: of one that is dropped before that no code ever runs."""

    __slots__ = ("_is_body", "_span")

    def __init__(self, span: Span | NoOpSpan, *, is_body: bool = False) -> None:
        self._span = span
        self._is_body = is_body or _is_head()
        """Whether it makes the body of a response, which nobody asks for where the request is HEAD."""

    def __call__(self) -> Span | NoOpSpan:
        """The span, which has begun with the call."""
        return self._span

    def __del__(self) -> None:
        span = self._span
        if type(span) is Span and span.stream is None:
            if self._is_body:
                span.end()
            else:
                was_left(span)
