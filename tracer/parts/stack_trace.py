"""An exception's stack trace as text, without the tracer's own frames."""

from __future__ import annotations

import traceback
from pathlib import Path

MAX_CHARS = 65_536
"""Kept of a formatted stack trace; its end has the innermost frames."""

_OUR_FOLDER = str(Path(__file__).parents[1])


def format_stack_trace(error: BaseException) -> str:
    """What Python would print for `error`, causes and contexts included."""
    formatted = traceback.TracebackException.from_exception(error, compact=True)
    link: traceback.TracebackException | None = formatted
    while link is not None:
        link.stack[:] = [frame for frame in link.stack if not frame.filename.startswith(_OUR_FOLDER)]
        link = link.__cause__ or link.__context__
    return "".join(formatted.format())[-MAX_CHARS:]
