"""Responses of `httpx` whose bodies are measured while their program reads them.

Nothing is read that the program does not read itself. The response becomes one of a subclass of its own class, by which
all ways to its body lead, and is of its own class again when the body is over.
"""

from __future__ import annotations

import copyreg
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any

from .. import guard
from .body_meter import BodyMeter

_METER = "_tracetui_meter"


def follow(response: Any, meter: BodyMeter) -> bool:
    """Let `meter` have the body of a response, at once if it has been read; False for what is no such response."""
    try:
        meter.feed(response.content)
    except Exception:  # `ResponseNotRead`, by a class of each version
        return _follow_unread(response, meter)
    meter.finish()
    return True


def is_followed(response: Any) -> bool:
    """Whether somebody measures the body already."""
    return _METER in getattr(response, "__dict__", ())


def content_type(response: Any) -> str:
    """Of its body, in lower case; "" where it says none."""
    return str(response.headers.get("content-type", "")).lower()


def _follow_unread(response: Any, meter: BodyMeter) -> bool:
    kind = type(response)
    try:
        if not callable(getattr(kind, "iter_raw", None)) or not callable(getattr(kind, "aiter_raw", None)):
            return False
        response.__dict__[_METER] = _UntilCollected(meter)
        response.__class__ = _subclasses.get(kind) or _subclasses.setdefault(kind, _subclass(kind))
        return True
    except Exception:
        response.__dict__.pop(_METER, None)
        guard.fault("following a response")
        return False


class _UntilCollected:
    """Lives in a response: of one that is dropped, neither read nor closed, no code ever runs."""

    __slots__ = ("meter",)

    def __init__(self, meter: BodyMeter) -> None:
        self.meter = meter

    def __del__(self) -> None:
        self.meter.leave()


_subclasses: dict[type, type] = {}
"""The classes of followed responses, by their own."""


def _subclass(kind: Any) -> type:
    class Followed(kind):  # type: ignore[misc]
        __doc__ = kind.__doc__

        def iter_bytes(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
            return _tapped(self, super().iter_bytes(*args, **kwargs))

        def aiter_bytes(self, *args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
            return _tapped_async(self, super().aiter_bytes(*args, **kwargs))

        def iter_raw(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
            return _tapped(self, super().iter_raw(*args, **kwargs), is_raw=True)

        def aiter_raw(self, *args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
            return _tapped_async(self, super().aiter_raw(*args, **kwargs), is_raw=True)

        def close(self) -> None:
            try:
                super().close()
            finally:
                _close(self)

        async def aclose(self) -> None:
            try:
                await super().aclose()
            finally:
                _close(self)

        def __getstate__(self) -> Any:
            state = super().__getstate__()
            return {name: value for name, value in state.items() if name not in (_METER, _READING)}

        def __reduce_ex__(self, protocol: Any) -> Any:
            return copyreg.__newobj__, (kind,), self.__getstate__()  # type: ignore[attr-defined]

    Followed.__name__, Followed.__qualname__, Followed.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    return Followed


_READING = "_tracetui_reading"
"""An entry of a response while it is asked for the next bytes: its own closing of itself is no leave of the program's,
and what it reads of itself is not read twice."""


def _meter_of(response: Any, *, is_raw: bool) -> BodyMeter | None:
    """The meter that is to have what is read now; None within another reading, and of what is read encoded."""
    if _READING in response.__dict__ or (is_raw and response.headers.get("content-encoding", "identity") != "identity"):
        return None
    held = response.__dict__.get(_METER)
    return held.meter if isinstance(held, _UntilCollected) else None


class _Reading:
    """A reading of a body by its program, as a `with` block: the body is measured, and over when it is exhausted."""

    __slots__ = ("_meter", "_response")

    def __init__(self, response: Any, meter: BodyMeter) -> None:
        self._response, self._meter = response, meter

    def __enter__(self) -> _Reading:
        self.go_on()
        return self

    def feed(self, received: bytes) -> None:
        """Measure bytes that go to the program now."""
        self._meter.feed(received)
        self._response.__dict__.pop(_READING, None)

    def go_on(self) -> None:
        """Note that the response is asked for the next bytes."""
        self._response.__dict__[_READING] = True

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            if not isinstance(error, GeneratorExit):
                self._meter.finish(error)
                _let_go(self._response)
        finally:
            self._response.__dict__.pop(_READING, None)


def _tapped(response: Any, source: Any, *, is_raw: bool = False) -> Iterator[bytes]:
    meter = _meter_of(response, is_raw=is_raw)
    if meter is None:
        yield from source
        return
    with closing(source), _Reading(response, meter) as reading:
        for received in source:
            reading.feed(received)
            yield received
            reading.go_on()


async def _tapped_async(response: Any, source: Any, *, is_raw: bool = False) -> AsyncIterator[bytes]:
    meter = _meter_of(response, is_raw=is_raw)
    async with aclosing(source):
        if meter is None:
            async for received in source:
                yield received
            return
        with _Reading(response, meter) as reading:
            async for received in source:
                reading.feed(received)
                yield received
                reading.go_on()


def _close(response: Any) -> None:
    held = response.__dict__.get(_METER)
    if isinstance(held, _UntilCollected) and _READING not in response.__dict__:
        held.meter.leave()
        _let_go(response)


def _let_go(response: Any) -> None:
    """Make the response one of its own class again."""
    response.__dict__.pop(_METER, None)
    kind = type(response)
    if _subclasses.get(kind.__mro__[1]) is kind:
        response.__class__ = kind.__mro__[1]
