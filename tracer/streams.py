"""Traced generators, which measure what they yield."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator
from types import AsyncGeneratorType
from typing import Any

from .current_span import current, leave
from .no_op_span import NoOpSpan
from .span import Span
from .stream_meter import Reducer, StreamMeter


class _EndWhenCollected:
    """Lives in the frame of an async generator: ends its span when nobody can finish it any more."""

    __slots__ = ("_meter",)

    def __init__(self, meter: StreamMeter) -> None:
        self._meter = meter

    def __del__(self) -> None:
        self._meter.end(was_left=True)


def generator_wrapper(
    function: Callable[..., Generator[Any, Any, Any]],
    start: Callable[[tuple[Any, ...], dict[str, Any]], Span | NoOpSpan],
    reducer: Reducer | None,
) -> Callable[..., Generator[Any, Any, Any]]:
    """A generator function that does what `function` does under a span that `start` gives for a call's arguments.

    The span begins with the first step and is current only while the body runs; what is sent, thrown, closed and
    returned passes through, and nothing of it is held meanwhile: chunks may be large, and who waits for one to be let
    go of must not wait for the next.
    """

    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = start(args, kwargs)
        generator = function(*args, **kwargs)
        meter = None
        if isinstance(span, Span):
            meter = StreamMeter(span, reducer)
            span.open()
        resume: Callable[[Any], Any] = generator.send
        passing: list[Any] = [None]
        while True:
            token = current.set(span)
            try:
                passing.append(resume(passing.pop()))
            except StopIteration as stop:
                if meter is not None:
                    meter.end()
                return stop.value
            except BaseException as error:
                if meter is not None:
                    meter.end(error)
                raise
            finally:
                leave(token)
                del token
            if meter is not None:
                meter.add(passing[0])
            try:
                passing.append((yield passing.pop()))
                resume = generator.send
            except GeneratorExit:
                token = current.set(span)
                try:
                    close: Callable[[], Any] = generator.close
                    returned = close()  # since Python 3.13, the value that the generator returns at this
                except BaseException as error:
                    if meter is not None:
                        meter.end(error)
                    raise
                finally:
                    leave(token)
                if meter is not None:
                    meter.end(was_left=True)
                if returned is not None:
                    return returned
                raise
            except BaseException as error:
                resume = generator.throw
                passing.append(error)

    return wrapper


def async_generator_wrapper(
    function: Callable[..., AsyncGenerator[Any, Any]],
    start: Callable[[tuple[Any, ...], dict[str, Any]], Span | NoOpSpan],
    reducer: Reducer | None,
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """`generator_wrapper`, for async generators. The event loop knows of one generator, as it would without us."""

    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = start(args, kwargs)
        generator = function(*args, **kwargs)
        meter = None
        if isinstance(span, Span):
            meter = StreamMeter(span, reducer)
            span.open()
            _sentinel = _EndWhenCollected(meter)
        resume: Callable[[Any], Any] = _unknown_to_the_loop(generator)
        passing: list[Any] = [None]
        while True:
            token = current.set(span)
            try:
                passing.append(await resume(passing.pop()))
            except StopAsyncIteration:
                if meter is not None:
                    meter.end()
                return
            except BaseException as error:
                if meter is not None:
                    meter.end(error)
                raise
            finally:
                leave(token)
                del token
            if meter is not None:
                meter.add(passing[0])
            try:
                passing.append((yield passing.pop()))
                resume = generator.asend
            except GeneratorExit:
                token = current.set(span)
                try:
                    await generator.aclose()
                except BaseException as error:
                    if meter is not None:
                        meter.end(error)
                    raise
                finally:
                    leave(token)
                if meter is not None:
                    meter.end(was_left=True)
                raise
            except BaseException as error:
                resume = generator.athrow
                passing.append(error)

    return wrapper


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
