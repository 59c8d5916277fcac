"""The exception that ends a span: what is kept of it, and whether it interrupts the calling code."""

from __future__ import annotations

import sys
from typing import NamedTuple

from ..parts.event import error_text


class Cause(NamedTuple):
    """The exception that ends a span, without the exception object, which would keep its frames alive."""

    is_cancelled: bool
    text: str
    is_certain: bool
    """Whether every ERROR status stands for the exception; else a status whose description fits does."""

    def matches(self, description: str | None) -> bool:
        """Whether a status with this description stands for the exception.

        Descriptions are `str(error)`, `CancelledError: ...` or, with LangChain, `CancelledError()Traceback ...`."""
        if self.is_certain or not description:
            return True
        name, _, message = self.text.partition(": ")
        return description == message or description.startswith(name.rpartition(".")[2])


def cause_of(error: BaseException, *, is_certain: bool) -> Cause:
    """Return what is kept of an exception."""
    return Cause(not isinstance(error, Exception), error_text(error), is_certain)


def interruption() -> BaseException | None:
    """The exception that the calling code raises or handles now, if it is a `BaseException` and no `Exception`.

    It cancels a coroutine, comes from Ctrl-C, or closes a generator. Most instrumentors catch `Exception` alone: they
    set the status OK for the others, or leave the span open.
    """
    error = sys.exc_info()[1]
    return None if error is None or isinstance(error, Exception) else error
