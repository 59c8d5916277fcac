"""Context into threads and processes that do not inherit it: thread pools, process pools, raw threads.

asyncio tasks, `asyncio.to_thread` and `contextvars.copy_context()` carry the current span by themselves. A
`ThreadPoolExecutor` does not: a traced function that it runs begins a trace of its own, unless its executor went
through `wrap_executor`, or the function through `run_in_context`.
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


class run_in_context(Generic[P, R]):
    """A callable that runs `function` in the context of now, wherever and however often it is called.

        threading.Thread(target=run_in_context(work)).start()
        pool.map(run_in_context(work), items)  # multiprocessing too

    In another thread all context variables go along. Pickled into another process, the trace and the parent go along.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._context: Context | None = copy_context()
        self._headers: dict[str, str] | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        if self._context is not None:
            return self._context.copy().run(self._function, *args, **kwargs)  # one context is never entered twice
        with remote_context(self._headers or {}):
            return self._function(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        context, headers = self._context, self._headers
        if context is not None:
            headers = context.copy().run(get_tracing_context_headers_for_http_request)
        return _arrived, (self._function, headers)


def _arrived(function: Callable[..., Any], headers: dict[str, str]) -> run_in_context[..., Any]:
    carried = run_in_context(function)
    carried._context, carried._headers = None, headers
    return carried


def wrap_executor(executor: E) -> E:
    """Make every task of `executor` run in the context of the code that submits it; gives the same executor.

    It takes whatever has `submit`: thread pools, process pools (their tasks carry a `traceparent`), and `map`, which
    submits. Raises TypeError for what has none.
    """
    submit = getattr(executor, "submit", None)
    if not callable(submit):
        raise TypeError(f"wrap_executor() takes an executor with submit(), not {executor!r}")
    if getattr(submit, _MARK, False):
        return executor

    @functools.wraps(submit)
    def submit_in_context(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return submit(run_in_context(function), *args, **kwargs)

    setattr(submit_in_context, _MARK, True)
    executor.submit = submit_in_context  # type: ignore[attr-defined]
    return executor


_MARK = "__tracetui_carries_context__"
