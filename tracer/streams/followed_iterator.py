"""LiteLLM's streams, which are iterators themselves: each step is measured when the program asks for the next chunk.

The stream becomes one of a subclass of its own class, as a response does (`followed_response`), and is of its own class
again when it is over: a program asks it for more than chunks.
"""

from __future__ import annotations

from typing import Any

from .. import guard
from ..spans.current import restore, set_current
from ..spans.span import Span
from .meter import StreamMeter, was_left

_READERS = "_tracetui_readers"


def follow(span: Span, stream: Any) -> bool:
    """Let `span` go on until the stream is over; False for a stream that takes no class of ours."""
    try:
        readers = stream.__dict__.get(_READERS)
        if readers is None:
            kind = type(stream)
            stream.__class__ = _subclasses.get(kind) or _subclasses.setdefault(kind, _subclass(kind))
            readers = stream.__dict__[_READERS] = _Readers(kind)
        readers.meters.append(StreamMeter(span, has_all_chunks=True))
        span.enqueue()
        return True
    except Exception:
        guard.fault("following a stream")
        return False


class _Readers:
    """The spans that go on with a stream, of one traced function or of several within each other, the innermost first.

    They live in the stream: of one that is dropped, neither read nor closed, no code ever runs.
    """

    __slots__ = ("_is_in_step", "_kind", "_token", "meters")

    def __init__(self, kind: type) -> None:
        self.meters: list[StreamMeter] = []
        self._kind = kind
        self._token: Any = None
        self._is_in_step = False

    def __enter__(self) -> None:
        """A step begins: what the client does in it is below the innermost span."""
        span = self.meters[0].span
        self._is_in_step = True
        self._token = span.context_token = set_current(span)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        token, self._token, self._is_in_step = self._token, None, False
        self.meters[0].span.context_token = None
        restore(token)
        if error is not None:
            is_end = isinstance(error, StopIteration | StopAsyncIteration)
            for meter in self.meters:
                meter.end(None if is_end else error)

    def add(self, chunk: Any) -> None:
        """Count a chunk that has just arrived."""
        for meter in self.meters:
            meter.add(chunk)

    def leave(self, stream: Any) -> None:
        """The stream is over, or the program closes it; it closes itself too, in its last step."""
        if not self._is_in_step:
            stream.__dict__.pop(_READERS, None)
            stream.__class__ = self._kind
            self.__del__()

    def __del__(self) -> None:
        for meter in self.meters:
            was_left(meter.span)


_subclasses: dict[type, type] = {}
"""The classes of followed streams, by their own."""


def _subclass(kind: Any) -> type:
    class Followed(kind):  # type: ignore[misc]
        __doc__ = kind.__doc__

        def __next__(self) -> Any:
            readers: _Readers = self.__dict__[_READERS]
            try:
                with readers:
                    chunk = super().__next__()
            except BaseException:
                _leave(self)
                raise
            readers.add(chunk)
            return chunk

        async def __anext__(self) -> Any:
            readers: _Readers = self.__dict__[_READERS]
            try:
                with readers:
                    chunk = await super().__anext__()
            except BaseException:
                _leave(self)
                raise
            readers.add(chunk)
            return chunk

        def close(self) -> Any:
            try:
                return super().close()
            finally:
                _leave(self)

        async def aclose(self) -> Any:
            try:
                return await super().aclose()
            finally:
                _leave(self)

    for name in ("__next__", "__anext__", "close", "aclose"):
        if not hasattr(kind, name):
            delattr(Followed, name)
    Followed.__name__, Followed.__qualname__, Followed.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    return Followed


def _leave(stream: Any) -> None:
    readers = stream.__dict__.get(_READERS)
    if readers is not None:
        readers.leave(stream)
