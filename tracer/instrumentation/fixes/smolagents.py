"""What OpenInference's instrumentor for smolagents leaves behind when an agent's run fails, put right.

It makes the span of a run current and, if the run raises, neither ends it nor takes it back: whatever the thread does
from then on would be below it.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from ....store.model.rows import ERROR
from ... import guard
from ...otel.api_span import face_of
from ...parts.event import error_text
from ...spans.current import current
from ...spans.span import Span

_MARK = "_tracetui_put_right"


def put_right() -> None:
    """Change the instrumentor where it is the one that is known; a second time does nothing."""
    try:
        wrapper: Any = importlib.import_module("openinference.instrumentation.smolagents._wrappers")._RunWrapper
        call = wrapper.__call__
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if not hasattr(call, _MARK):
        wrapper.__call__ = _leaving(call)


def _leaving(call: Any) -> Any:
    @functools.wraps(call)
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = current.get()
        try:
            return call(self, *args, **kwargs)
        except BaseException as error:
            begun = current.get()
            if begun is not before:
                current.set(before)
                if type(begun) is Span:
                    _end(begun, error)
                    _detach(begun)
            raise

    setattr(called, _MARK, True)
    return called


def _end(begun: Span, error: BaseException) -> None:
    try:
        if begun.end_ns is not None:
            return
        if begun.status_code == ERROR:  # with the exception as an event, and without a message
            begun.status_message = error_text(error)
        else:
            begun.fail(error)
        face_of(begun).end()
    except Exception:
        guard.fault("ending a failed run")


def _detach(begun: Span) -> None:
    """Take back what the instrumentor has attached: else the spans of later requests would be below it."""
    try:
        attached: Any = begun.context_token
        if hasattr(attached, "var"):
            attached.var.reset(attached)
    except Exception:
        guard.fault("detaching a failed run")
