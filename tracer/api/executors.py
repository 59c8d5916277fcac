"""The current span in threads and processes that do not inherit it: thread pools, process pools, raw threads.

asyncio tasks, `asyncio.to_thread` and `contextvars.copy_context()` keep the current span. A `ThreadPoolExecutor` does
not: a traced function that it runs begins a new trace, unless `wrap_executor` wrapped the executor or `run_in_context`
wrapped the function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Generic, ParamSpec, TypeVar

from ..spans.propagation import get_tracing_context_headers_for_http_request, remote_context

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E")

_MARK = "__tracetui_carries_context__"
"""The attribute of a `submit` that is wrapped already."""


class run_in_context(Generic[P, R]):
    """A callable that runs `function` in the context in which it was made, in any thread, any number of times.

        threading.Thread(target=run_in_context(work)).start()
        pool.map(run_in_context(work), items)  # multiprocessing too

    A call in another thread has all context variables. A call in another process, after pickling, has the trace and the
    parent span.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._context: Context | None = copy_context()
        self._headers: dict[str, str] | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function in the context."""
        if self._context is not None:
            return self._context.copy().run(self._function, *args, **kwargs)  # no context runs twice at once
        with remote_context(self._headers or {}):
            return self._function(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        context, headers = self._context, self._headers
        if context is not None:
            headers = context.copy().run(get_tracing_context_headers_for_http_request)
        return _unpickled, (self._function, headers)


def _unpickled(function: Callable[..., Any], headers: dict[str, str]) -> run_in_context[..., Any]:
    unpickled = run_in_context(function)
    unpickled._context, unpickled._headers = None, headers
    return unpickled


def wrap_executor(executor: E) -> E:
    """Make each task of `executor` run in the context of the code that submits it. Returns the same executor.

    Accepts any object with a method `submit`, such as thread pools and process pools, whose tasks carry a
    `traceparent`. `map` of an executor submits, and is covered. Raises TypeError for an object without `submit`.
    """
    submit = getattr(executor, "submit", None)
    if not callable(submit):
        raise TypeError(f"wrap_executor() accepts an executor with a method submit(), not {executor!r}")
    if getattr(submit, _MARK, False):
        return executor

    @functools.wraps(submit)
    def submit_in_context(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(run_in_context(function), *args, **kwargs)

    setattr(submit_in_context, _MARK, True)
    executor.submit = submit_in_context  # type: ignore[attr-defined]
    return executor
