"""The shapes a program's spans have, in the words of one tracer: what `Subject.shapes` gives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

ATTRIBUTES: dict[str, Any] = {
    "llm.model": "gpt-4o",
    "llm.ttft_ms": 312.5,
    "llm.usage.input_tokens": 1200,
    "llm.usage.output_tokens": 230,
    "llm.temperature": 0.2,
}
"""Five of them, of the kinds that a call of a model has."""


class Shapes(NamedTuple):
    """How to open spans with one tracer."""

    span: Callable[[str], AbstractContextManager[Any]]
    """A span for the code inside `with`."""
    set_attributes: Callable[[Any, Mapping[str, Any]], None]
    """Sets attributes on what `span` gave, one call each where the tracer has such a call."""
    traced: Callable[[Callable[..., Any]], Callable[..., Any]]
    """The tracer's decorator, for functions; also for generators where it says so itself."""


class Shaped(Protocol):
    """A subject that has shapes."""

    def shapes(self) -> Shapes:
        """The ways to open a span, after `start`."""


def add_one(number: int) -> int:
    """A function that takes no time."""
    return number + 1


def chunks(count: int) -> Generator[str, None, None]:
    """A stream of a model's that waits for nothing."""
    for _ in range(count):
        yield "token "


async def async_chunks(count: int) -> AsyncGenerator[str, None]:
    """`chunks`, of an asynchronous client."""
    for _ in range(count):
        yield "token "


def set_each(span: Any, attributes: Mapping[str, Any]) -> None:
    """One call for each attribute."""
    for key, value in attributes.items():
        span.set_attribute(key, value)
