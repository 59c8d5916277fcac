"""Whether the stream behind a traced generator has ended by itself.

A program's own generator may hand on some chunks of a client's stream and stop: no reason to finish is missing then.
A generator that is suspended refers to what it iterates over, and the streams of the clients that OpenAI's generator
makes (OpenAI, Anthropic, Groq) keep their chunks in a generator, whose frame is gone when it is through.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from ..values.private_names import CLIENT_CHUNKS

_GENERATORS = (GeneratorType, AsyncGeneratorType)

_MOST_LEVELS = 4
"""Of generators within generators that are looked through."""

_STOPPING_EARLY = ("islice", "takewhile")
"""Iterators of `itertools` that leave what they iterate over."""


def ending_of(generator: Any) -> Callable[[], bool]:
    """What tells at the end of `generator`, which is suspended now, whether the stream behind it ended by itself.

    Of a generator without a stream that is known: True if it was lent by a function that returned it, or hands on
    another by `yield from`; False otherwise, since the loop may have been left.
    """
    is_own = type(generator) in _GENERATORS
    if not is_own:
        generator = getattr(generator, "send", None) or generator.asend
        generator = generator.__self__
    chunks = _chunks_behind(generator, _MOST_LEVELS)
    if chunks is not None:
        return lambda: _frame(chunks) is None
    behind = getattr(generator, "gi_yieldfrom", None)
    is_whole = not is_own or (behind is not None and type(behind).__name__ not in _STOPPING_EARLY)
    return lambda: is_whole


def _chunks_behind(generator: Any, levels: int) -> Any:
    """The generator of a client's stream that `generator` reads; None where there is none that is known.

    To refer to it delays nothing: it refers to its stream and the stream to it, so it is closed by the collector.
    """
    for referent in gc.get_referents(generator):
        kind = type(referent)
        if kind in _GENERATORS:
            found = _chunks_behind(referent, levels - 1) if levels else None
        elif hasattr(kind, "__stream__"):
            found = getattr(referent, "__dict__", {}).get(CLIENT_CHUNKS)
            if type(found) not in _GENERATORS or _is_running(found):  # running: the stream is what is measured
                found = None
        else:
            found = None
        if found is not None:
            return found
    return None


def _frame(generator: Any) -> Any:
    return generator.gi_frame if type(generator) is GeneratorType else generator.ag_frame


def _is_running(generator: Any) -> bool:
    return bool(generator.gi_running if type(generator) is GeneratorType else generator.ag_running)
