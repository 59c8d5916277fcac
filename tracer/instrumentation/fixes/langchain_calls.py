"""Calls into LangChain, watched from outside: which span is current in them, and that each of their runs ends.

LangChain's callback for the start of a run comes in the caller's context, that for the end often in a task of its own,
and none comes for a call that is cancelled, or for the rest of a batch that failed. So neither is left to callbacks:
whatever happens in a call, the span that was current before it is current after it, and runs that nobody ended end with
the call.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

from ... import guard
from ...otel.api_span import open_record
from ...spans.current import current, current_span, restore
from ...spans.span import Span
from .patch import patch

METHODS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "langchain_core.language_models.chat_models": (
        ("BaseChatModel", ("generate", "agenerate", "stream", "astream")),
        ("BaseChatModel", ("_generate_with_cache", "_agenerate_with_cache", "_iter_v2_events", "_aiter_v2_events")),
    ),
    "langchain_core.language_models.llms": (("BaseLLM", ("generate", "agenerate", "stream", "astream")),),
    "langchain_core.retrievers": (("BaseRetriever", ("invoke", "ainvoke")),),
    "langchain_core.tools.base": (("BaseTool", ("run", "arun")),),
}
"""Module -> the methods of its classes in which runs begin; those with a `_` send the request of a begun run."""


_EXHAUSTED = object()


class Call:
    """A call that is under way, and the runs that began in it. `with` is entered for each step of a generator."""

    __slots__ = ("_current_token", "_runs", "_span", "_token")

    def __init__(self, span: Span | None = None) -> None:
        """With `span`, the call is part of a run that has begun: its span is current in the call."""
        self._runs: list[tuple[Any, Any, str]] = []
        self._span = span

    def begin(self, handler: Any, run_id: Any, on_error: str) -> None:
        """Note that a run has begun; `on_error` is the name of the handler's callback for a run that failed."""
        self._runs.append((handler, run_id, on_error))

    def give_up(self, error: BaseException) -> None:
        """End the runs that LangChain has not ended, with the exception that ended the call."""
        runs, self._runs = self._runs, []
        for handler, run_id, on_error in runs:
            try:
                if open_span(handler, run_id) is not None:
                    getattr(handler, on_error)(error, run_id=run_id)
            except Exception:
                guard.fault("ending a run of LangChain's")

    def __enter__(self) -> None:
        self._token: Token[Call | None] = under_way.set(self)
        span = self._span
        is_open = span is not None and span.end_ns is None
        self._current_token = current.set(span if is_open else current_span())
        if span is not None and is_open:
            span.context_token = self._current_token

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        restore(self._current_token)
        with contextlib.suppress(ValueError):  # left in another context than it was entered in: a coroutine was closed
            under_way.reset(self._token)
        if error is not None:
            self.give_up(error)


under_way: ContextVar[Call | None] = ContextVar("tracetui_langchain_call", default=None)
"""The current_span call that the code is in."""


def open_span(handler: Any, run_id: Any) -> Span | None:
    """The span of a run; None for a run that is not recorded or has ended."""
    return open_record(handler.get_span(run_id))


def watch_methods(handler_class: type, module: Any) -> None:
    """Watch the methods of a module of LangChain's that has just been imported."""
    call_of = functools.partial(_call, handler_class)
    for class_name, methods in METHODS.get(module.__name__, ()):
        for name in methods:
            patch(module, f"{class_name}.{name}", functools.partial(_watched, call_of))


def _call(handler_class: type, arguments: dict[str, Any]) -> Call:
    run_manager = arguments.get("run_manager")
    try:
        for handler in getattr(run_manager, "handlers", ()):
            if isinstance(handler, handler_class):
                return Call(open_span(handler, getattr(run_manager, "run_id", None)))
    except Exception:
        guard.fault("following LangChain")
    return Call()


def _watched(call_of: Callable[[dict[str, Any]], Call], method: Any) -> Any:
    if inspect.isasyncgenfunction(method):

        async def astream(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            call, source = call_of(kwargs), method(*args, **kwargs)
            try:
                while True:
                    with call:
                        chunk = await anext(source, _EXHAUSTED)
                    if chunk is _EXHAUSTED:
                        return
                    yield chunk
            except BaseException as error:  # the consumer's leave
                with call:
                    await source.aclose()
                call.give_up(error)
                raise

        return astream
    if inspect.isgeneratorfunction(method):

        def stream(*args: Any, **kwargs: Any) -> Iterator[Any]:
            call, source = call_of(kwargs), method(*args, **kwargs)
            try:
                while True:
                    with call:
                        chunk = next(source, _EXHAUSTED)
                    if chunk is _EXHAUSTED:
                        return
                    yield chunk
            except BaseException as error:
                with call:
                    source.close()
                call.give_up(error)
                raise

        return stream
    if inspect.iscoroutinefunction(method):

        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with call_of(kwargs):
                return await method(*args, **kwargs)

        return awaited

    def called(*args: Any, **kwargs: Any) -> Any:
        with call_of(kwargs):
            return method(*args, **kwargs)

    return called
