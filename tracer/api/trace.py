"""`trace`: a span for each call of a function of any kind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .. import guard
from ..exceptions import InvalidTypeError, InvalidValueError
from ..parts.arguments import attributes_with_arguments
from ..parts.link import Link
from ..parts.span_type import SpanType
from ..settings.settings import config
from ..spans.begin import begin
from ..spans.current import get_current, skip_detached
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..streams.whole_result import end_with, is_whole
from ..values.snapshot import snapshot

if TYPE_CHECKING:
    from ..streams.meter import Reducer

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__tracetui_traced__"


@overload
def trace(func: F) -> F: ...


@overload
def trace(
    func: None = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Reducer | None = None,
    sampling_ratio_override: float | None = None,
    *,
    links: Sequence[Link] | None = None,
    **mlflow_arguments: Any,
) -> Callable[[F], F]: ...


@overload
def trace(
    func: F,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Reducer | None = None,
    sampling_ratio_override: float | None = None,
    *,
    links: Sequence[Link] | None = None,
    **mlflow_arguments: Any,
) -> F: ...


def trace(
    func: Any = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Reducer | None = None,
    sampling_ratio_override: float | None = None,
    *,
    links: Sequence[Link] | None = None,
    **mlflow_arguments: Any,
) -> Any:
    """Record each call of a function as a span: arguments, result, duration, exception.

    Use it bare (`@trace`), with arguments (`@trace(name="plan", span_type=SpanType.AGENT)`), or on a function of
    another module (`fetch = trace(client.fetch)`). It accepts functions, coroutine functions, generators, async
    generators, methods, class methods and static methods, above or below the other decorators. If a function returns a
    coroutine, a generator or the stream of an OpenAI, Anthropic or Groq client, the span ends when that is exhausted or
    closed.

    The span of a generator begins with its first step and ends with the generator. It is below the span in which the
    function was called, and is the current span only while the body runs. `streams.meter` measures its chunks. Text
    chunks are joined as the output of the span; `output_reducer` makes the output from the list of chunks instead. A
    generator that is never read has no span.

    `sampling_ratio_override` is the share of calls that are recorded, of the calls that begin a trace. A call inside a
    trace is recorded if the trace is.

    A process that starts with `TRACETUI_DISABLED=1` gets its functions back unchanged, and `enable()` does not change
    them. After `disable()` a call records nothing.

    `links` point from the span of each call to other spans, see `entities.Link`.

    Returns a class unchanged, with a warning: a function in its place would break `isinstance` and subclasses. Trace
    its methods instead.

    Raises TypeError for an object that cannot be called, and for an `output_reducer` of a function that is not a
    generator. Ignores arguments that need MLflow's server, with a warning.
    """
    if mlflow_arguments:
        attributes = attributes_with_arguments("trace", attributes, mlflow_arguments)
    if config.is_disabled_for_good and (callable(func) or isinstance(func, classmethod | staticmethod)):
        return func
    if func is None:
        return lambda function: trace(
            function, name, span_type, attributes, output_reducer, sampling_ratio_override, links=links
        )
    if isinstance(func, classmethod | staticmethod):
        wrapped = trace(
            func.__func__, name, span_type, attributes, output_reducer, sampling_ratio_override, links=links
        )
        return type(func)(wrapped)
    if isinstance(func, type):
        guard.warn(
            "trace of a class", f"trace() leaves the class {func.__qualname__} unchanged; trace its methods instead"
        )
        return func
    if not callable(func):
        raise InvalidTypeError(f"trace() accepts a function, not {func!r}; to name a span write @trace(name=...)")
    if sampling_ratio_override is not None and not 0.0 <= sampling_ratio_override <= 1.0:
        raise InvalidValueError(f"trace(sampling_ratio_override={sampling_ratio_override}): use a number from 0 to 1")
    return _wrap(func, name, span_type, attributes, output_reducer, sampling_ratio_override, links)


def _wrap(
    function: Callable[..., Any],
    name: str | None,
    kind: str,
    attributes: Mapping[str, Any] | None,
    reducer: Reducer | None,
    sampling_ratio: float | None,
    links: Sequence[Link] | None,
) -> Callable[..., Any]:
    import inspect  # inspect loads ast and dis; programs that only call start_span do not need it

    from .call_arguments import Binder

    bind = Binder(function).bind
    span_name = name or getattr(function, "__name__", None) or type(function).__name__
    called = function if inspect.isroutine(function) else getattr(function, "func", type(function).__call__)

    def start(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span | NoOpSpan:
        try:
            around = get_current()
            if around is not None and around.unreset_tokens is not None:
                around = skip_detached(around)
            span = begin(span_name, kind, around, attributes, None, sampling_ratio)
        except Exception:  # memory is short
            guard.fault("starting a span")
            return NoOpSpan()
        if links:
            span.add_links(links)
        if type(span) is Span:
            try:
                span.inputs_value = snapshot(bind(args, kwargs))
            except Exception:
                guard.fault("recording the arguments of a call")
        return span

    is_awaited = inspect.iscoroutinefunction(called) or _makes_coroutines(called)
    wrapper: Callable[..., Any]
    if inspect.isasyncgenfunction(called):
        from ..streams.generators import async_generator_wrapper

        wrapper = async_generator_wrapper(function, start, reducer)
    elif inspect.isgeneratorfunction(called) and not is_awaited:
        from ..streams.generators import generator_wrapper

        wrapper = generator_wrapper(function, start, reducer)
    elif reducer is not None:
        raise InvalidTypeError(f"trace(output_reducer=...) is for generator functions, and {span_name} is not one")
    elif is_awaited:

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not config.enabled:
                return await function(*args, **kwargs)
            span: Span | NoOpSpan | None = None
            try:
                span = start(args, kwargs)
                span.__enter__()
                return _result_of(span, await function(*args, **kwargs), args, kwargs)
            except BaseException as error:  # raised by the function, or by a signal handler at any instruction
                if span is not None:
                    span.__exit__(type(error), error, error.__traceback__)
                raise

    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not config.enabled:
                return function(*args, **kwargs)
            span: Span | NoOpSpan | None = None
            try:
                span = start(args, kwargs)
                span.__enter__()
                return _result_of(span, function(*args, **kwargs), args, kwargs)
            except BaseException as error:  # raised by the function, or by a signal handler at any instruction
                if span is not None:
                    span.__exit__(type(error), error, error.__traceback__)
                raise

    functools.update_wrapper(wrapper, function)
    setattr(wrapper, _MARK, True)
    return wrapper


def _result_of(span: Span | NoOpSpan, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what the caller gets; see `traced_result.result_of`, which is loaded for the first result of its kinds."""
    if not is_whole(result):
        try:
            from ..streams.traced_result import result_of
        except ImportError:  # a signal handler runs in the middle of this import
            guard.fault("following a result")
        else:
            return result_of(span, result, args, kwargs)
    end_with(span, result)
    return result


def _makes_coroutines(function: Any) -> bool:
    """Whether the function is a generator function that `types.coroutine` made awaitable."""
    from inspect import CO_ITERABLE_COROUTINE

    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    return isinstance(flags, int) and bool(flags & CO_ITERABLE_COROUTINE)
