"""Functions that no signal handler interrupts between the call and the first statement.

The interpreter runs pending signal handlers where a function begins, before any `try` of the function. So Ctrl-C
during a long operation in a `with` block would come out of `__exit__` before `__exit__` has done anything. After an
`await` the interpreter does not check for signals, and the same instruction (RESUME) tells it which case this is.
"""

from __future__ import annotations

from collections.abc import Callable
from opcode import opmap
from types import FunctionType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_AT_START, _AFTER_AWAIT = bytes((opmap["RESUME"], 0)), bytes((opmap["RESUME"], 3))


def uninterrupted_start(function: F) -> F:
    """Decorate a function whose first statement is a `try` that handles what signal handlers raise."""
    assert isinstance(function, FunctionType)
    code = function.__code__
    instructions = code.co_code
    if instructions.startswith(_AT_START):
        function.__code__ = code.replace(co_code=_AFTER_AWAIT + instructions[2:])
    return function
