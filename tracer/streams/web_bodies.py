"""Bodies of responses, which web frameworks ask for when the handler has returned: Starlette (FastAPI), Flask, Django,
Quart and Litestar.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from .. import guard
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..values.private_names import DJANGO_BODY, LITESTAR_BODY, QUART_BODY
from .lent_generators import lent_async_generator, lent_generator


def web_response(span: Span | NoOpSpan, response: Any) -> Any | None:
    """The response, whose body ends the span; None for one whose body is there, or is no generator's."""
    try:
        for name in _BODIES:
            holder, body = response, _held(response, name)
            if name == "response" and hasattr(body, QUART_BODY):
                holder, name, body = body, QUART_BODY, getattr(body, QUART_BODY)
            if (made := _body(span, body, is_any_iterator=name in _ASYNC_BODIES)) is not None:
                setattr(holder, name, made)
                return response
    except Exception:
        guard.fault("following a response of a web framework")
    return None


_BODIES = ("body_iterator", "response", DJANGO_BODY, LITESTAR_BODY)
"""Where Starlette, Werkzeug and Quart, Django, and Litestar keep the body."""

_ASYNC_BODIES = ("body_iterator", LITESTAR_BODY)
"""Those that may be any asynchronous iterator."""


def _held(response: Any, name: str) -> Any:
    own = getattr(response, "__dict__", {})
    return getattr(response, name, None) if name == LITESTAR_BODY else own.get(name)


def _body(span: Span | NoOpSpan, body: Any, *, is_any_iterator: bool = False) -> Any | None:
    """What stands in for a body that a generator makes; None for any other body."""
    if type(body) is GeneratorType:
        return lent_generator(span, body, is_body=True)
    if type(body) is AsyncGeneratorType:
        return lent_async_generator(span, body, is_body=True)
    if is_any_iterator and hasattr(type(body), "__aiter__"):
        return lent_async_generator(span, _pieces(body), is_body=True)
    return None


def body_with_status(span: Span | NoOpSpan, result: tuple[Any, ...]) -> Any | None:
    """Of a handler under Flask or Quart: a body or a response with its status, its headers, or both; else None."""
    if not 2 <= len(result) <= 3 or not all(type(more) in _BESIDE_BODY for more in result[1:]):
        return None
    body, *more = result
    made = _body(span, body)
    if made is None and any(base.__name__ == "Response" for base in type(body).__mro__):
        made = web_response(span, body)
    return None if made is None else (made, *more)


_BESIDE_BODY = (int, str, dict, list)


async def _pieces(body: AsyncIterable[Any]) -> AsyncGenerator[Any, Any]:
    async for piece in body:
        yield piece
