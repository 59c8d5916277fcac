"""Where OpenInference's instrumentor for OpenAI gets in the way of the program, put right.

It has one class of proxy for synchronous and asynchronous streams, and parses what `with_streaming_response` gives
before the program does, without waiting for what is asynchronous.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import weakref
from typing import Any

from .. import guard
from ..current_span import current, restore
from ..span import Span

_MARK = "_tracetui_put_right"


def put_right() -> None:
    """Change the instrumentor where it is the one that is known; a second time does nothing."""
    try:
        requests: Any = importlib.import_module("openinference.instrumentation.openai._request")
        both, calls = requests._Stream, requests._WithOpenAI
        finalize = calls._finalize_response
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if not hasattr(finalize, _MARK):
        requests._Stream = _of_one_kind(both)
        calls._finalize_response = _waiting_for_parse(finalize)


def _of_one_kind(both: Any) -> Any:
    """Let the proxy of a synchronous stream be no asynchronous one as well.

    Instructor asks which it is, takes a synchronous stream for an asynchronous one, and its `create_partial` fails.
    """

    class SynchronousStream(both):  # type: ignore[misc]
        __aiter__ = None
        __anext__ = None

    @functools.wraps(both, updated=())
    def proxy(stream: Any, *args: Any, **kwargs: Any) -> Any:
        of_kind = SynchronousStream if hasattr(type(stream), "__next__") else both
        return of_kind(stream, *args, **kwargs)

    return proxy


def _waiting_for_parse(finalize: Any) -> Any:
    """Let an asynchronous response be parsed by the program, and the span of the call end with what that gives.

    The instrumentor makes a coroutine that nobody awaits, which warns in the program's terminal, and writes it down as
    the answer; OpenAI's Agents stream so.
    """

    @functools.wraps(finalize)
    def finalized(self: Any, response: Any, with_span: Any, *args: Any, **kwargs: Any) -> Any:
        parse = getattr(response, "parse", None)
        if not inspect.iscoroutinefunction(parse):
            return finalize(self, response, with_span, *args, **kwargs)
        answers: dict[int, Any] = {}

        async def parsed(*how: Any, **named: Any) -> Any:
            span = getattr(getattr(with_span, "_span", None), "record", None)
            token = current.set(span) if type(span) is Span else None
            try:
                answer = await parse(*how, **named)
            finally:
                restore(token)
            try:
                if not answers:
                    answers[id(answer)] = finalize(self, answer, with_span, *args, **kwargs)
            except Exception:
                guard.fault("telling of a parsed response")
            return answers.get(id(answer), answer)

        response.parse = parsed
        weakref.finalize(response, _finish_unparsed, with_span, answers)
        return response

    setattr(finalized, _MARK, True)
    return finalized


def _finish_unparsed(with_span: Any, answers: dict[int, Any]) -> None:
    if not answers:
        with_span.finish_tracing()
