"""Traced generators, which measure what they yield, and whose span is current while their body runs and nowhere else.

A generator is part of the code that called its function, wherever and whenever it is read: a web framework sends a
response after the handler has returned, from another task or from a thread of a pool. So the span's parent is what was
current at the call. What the body has entered at a `yield` is put aside there and current again at the next step.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextvars import Token, copy_context
from functools import partial
from types import AsyncGeneratorType, FunctionType
from typing import Any, TypeVar, cast

from ..spans.current import current_span, get_current, reset_current, restore, set_current
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..spans.uninterrupted import uninterrupted_start
from .meter import Reducer, StreamMeter

T = TypeVar("T")

_GENERATOR, _ASYNC_GENERATOR = 0x20, 0x200
"""Flags of code: CO_GENERATOR and CO_ASYNC_GENERATOR of `inspect`, which loads ast and dis."""

Begin = Callable[[], Span | NoOpSpan]
"""Gives the span of a generator that takes its first step."""

Start = Callable[[tuple[Any, ...], dict[str, Any]], Span | NoOpSpan]
"""Gives the span of a call with these arguments."""


def generator_wrapper(
    function: Callable[..., Generator[Any, Any, Any]], start: Start, reducer: Reducer | None
) -> Callable[..., Generator[Any, Any, Any]]:
    """A generator function that does what `function` does under a span that `start` gives, below the caller's span.

    The span begins with the first step; of a generator that is never read there is none.
    """

    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        return named_as(generator, measured(_where_called(start, args, kwargs), generator, reducer))

    return _marked(wrapper, _GENERATOR)


def async_generator_wrapper(
    function: Callable[..., AsyncGenerator[Any, Any]], start: Start, reducer: Reducer | None
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """`generator_wrapper`, for async generators."""

    def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = function(*args, **kwargs)
        return named_as(generator, measured_async(_where_called(start, args, kwargs), generator, reducer))

    return _marked(wrapper, _ASYNC_GENERATOR)


def _where_called(start: Start, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begin:
    current_span()  # in a copy of the context, what was left here could not be taken back
    return partial(copy_context().run, start, args, kwargs)


def _marked(wrapper: T, flag: int) -> T:
    """Let `inspect` say of the wrapper what it says of the function, as `types.coroutine` does it: FastAPI's
    dependencies and pytest's fixtures ask. A generator function itself runs no code when it is called."""
    plain: Any = wrapper
    code = plain.__code__.replace(co_flags=plain.__code__.co_flags | flag)
    # A new function: Python 3.13 warns where a function is given code of another type.
    marked: Any = FunctionType(code, plain.__globals__, plain.__name__, plain.__defaults__, plain.__closure__)
    return cast(T, marked)


def named_as(original: Any, measured: T) -> T:
    """`measured`, under the name of the generator or coroutine that it stands in for."""
    shown: Any = measured
    shown.__name__, shown.__qualname__ = original.__name__, original.__qualname__
    return measured


def measured(
    begin: Begin, generator: Any, reducer: Reducer | None = None, *, has_all_chunks: bool = False
) -> Generator[Any, Any, Any]:
    """A generator that does what `generator` does, under the span of `begin`.

    `has_all_chunks` says that these are the chunks as the client received them: where the end is missing, the stream
    was cut.

    What is sent, thrown, closed and returned passes through, and nothing of it is held meanwhile: chunks may be large,
    and who waits for one to be let go of must not wait for the next.
    """
    inside: Any = begin()
    span, meter = inside, _begin_stream(inside, generator, reducer, has_all_chunks)
    del begin
    add, resume = meter.add, generator.send
    passing: list[Any] = [None]
    while True:
        entry = span.context_token = set_current(inside)
        try:
            passing.append(resume(passing.pop()))
        except StopIteration as stop:
            meter.end()
            return stop.value
        except BaseException as error:
            meter.end(error)
            raise
        finally:
            inside = _suspend(span, entry)
            del entry
        if add is not None:
            add(passing[0])
        try:
            passing.append((yield passing.pop()))
            resume = generator.send
        except GeneratorExit:
            with _Closing(span, inside, meter):
                close: Callable[[], Any] = generator.close
                returned = close()  # since Python 3.13, the value that the generator returns at this
            if returned is not None:
                return returned
            raise
        except BaseException as error:
            resume = generator.throw
            passing.append(error)


async def measured_async(
    begin: Begin, generator: Any, reducer: Reducer | None = None, *, has_all_chunks: bool = False
) -> AsyncGenerator[Any, Any]:
    """`measured`, for async generators. The event loop knows of one generator, as it would without us."""
    inside: Any = begin()
    span, meter = inside, _begin_stream(inside, generator, reducer, has_all_chunks)
    _sentinel = _EndWhenCollected(meter)
    del begin
    add, resume = meter.add, _unknown_to_the_loop(generator)
    passing: list[Any] = [None]
    while True:
        entry = span.context_token = set_current(inside)
        try:
            passing.append(await resume(passing.pop()))
        except StopAsyncIteration:
            meter.end()
            return
        except BaseException as error:
            meter.end(error)
            raise
        finally:
            inside = _suspend(span, entry)
            del entry
        if add is not None:
            add(passing[0])
        try:
            passing.append((yield passing.pop()))
            resume = generator.asend
        except GeneratorExit:
            with _Closing(span, inside, meter):
                await generator.aclose()
            raise
        except BaseException as error:
            resume = generator.athrow
            passing.append(error)


class _NoMeter:
    """Stands in for the meter of a stream that is not recorded."""

    add = None

    def end(self, error: BaseException | None = None, *, was_left: bool = False) -> None:
        """Do nothing."""


_NO_METER = _NoMeter()

Meter = StreamMeter | _NoMeter


def _begin_stream(span: Span | NoOpSpan, generator: Any, reducer: Reducer | None, has_all_chunks: bool) -> Meter:
    """Return the meter of a generator that takes its first step."""
    if not isinstance(span, Span):
        return _NO_METER
    meter = StreamMeter(span, reducer, has_all_chunks=has_all_chunks)
    meter.source = generator
    span.enqueue()
    return meter


@uninterrupted_start
def _suspend(span: Span | NoOpSpan, entry: Token[Any]) -> Any:
    """Detach the span of a generator after a step, and return what is current in its body."""
    try:
        inside = get_current()
        span.context_token = span.unreset_tokens = None
        reset_current(entry)
    except Exception:
        restore(entry)
    return inside


class _Closing:
    """The step, a `with` block, in which a generator is closed because its consumer left it."""

    __slots__ = ("_entry", "_inside", "_meter", "_span")

    def __init__(self, span: Span | NoOpSpan, inside: Any, meter: Meter) -> None:
        self._span, self._inside, self._meter = span, inside, meter

    def __enter__(self) -> None:
        self._entry = self._span.context_token = set_current(self._inside)

    @uninterrupted_start
    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            if error is not None:
                self._meter.end(error)
        finally:
            _suspend(self._span, self._entry)
        self._meter.end(was_left=True)


class _EndWhenCollected:
    """Ends the span of an async generator that nobody can close any more, as it is in the frame of the generator."""

    __slots__ = ("_meter",)

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def __del__(self) -> None:
        self._meter.end(was_left=True)


def _unknown_to_the_loop(generator: AsyncGenerator[Any, Any]) -> Callable[[Any], Any]:
    """What takes the first step of a generator that we alone hold: it is ours to close. A loop that ends would close
    both at once, and one of them would raise that it is closing already."""
    if type(generator) is not AsyncGeneratorType:  # lent: the program may hold it too
        return generator.asend

    def first(value: Any) -> Any:
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, hooks.finalizer and _leave)
        try:
            return generator.asend(value)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    return first


def _leave(_: Any) -> None:
    """Of one that dies with ours: whoever was told of ours has had the chance to close it."""
