"""Functions that no signal handler interrupts between their call and their first statement.

The interpreter runs the handlers that wait where a function begins, before any `try` of its own: Ctrl-C during a long
operation in a `with` block would come out of `__exit__` with nothing of it done. Where an `await` goes on it does not
look for them, and the instruction that tells the two apart is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from opcode import opmap
from types import FunctionType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_AT_START, _AFTER_AWAIT = bytes((opmap["RESUME"], 0)), bytes((opmap["RESUME"], 3))


def begun_at_once(function: F) -> F:
    """The function itself; its first statement is to be a `try` that sees to what a signal handler raises inside."""
    assert isinstance(function, FunctionType)
    code = function.__code__
    instructions = code.co_code
    if instructions.startswith(_AT_START):
        function.__code__ = code.replace(co_code=_AFTER_AWAIT + instructions[2:])
    return function
