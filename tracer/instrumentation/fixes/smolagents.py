"""OpenInference's instrumentor for smolagents: the span of an agent's run that fails.

The instrumentor makes the span of a run current and, if the run raises, neither ends the span nor makes current again
what was current before: whatever the thread does from then on would be below the run.
"""

from __future__ import annotations

from typing import Any

from ....store.model.rows import ERROR
from ... import guard
from ...otel.api_span import api_span_of
from ...parts.event import error_text
from ...spans.current import current
from ...spans.span import Span
from .patch import patch


def fix() -> None:
    """Patch the instrumentor."""
    end_failed_runs("openinference.instrumentation.smolagents._wrappers", "_RunWrapper")


def end_failed_runs(target: Any, path: str) -> None:
    """Let a class of the instrumentor's, called for each run, end the span of a run that raises, and leave it."""
    patch(target, f"{path}.__call__", _ending_failed_run)


def _ending_failed_run(call: Any) -> Any:
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

    return called


def _end(begun: Span, error: BaseException) -> None:
    try:
        if begun.end_ns is not None:
            return
        if begun.status_code == ERROR:  # with the exception as an event, and without a message
            begun.status_message = error_text(error)
        else:
            begun.fail(error)
        api_span_of(begun).end()
    except Exception:
        guard.fault("ending a failed run")


def _detach(begun: Span) -> None:
    """Reset the token of the instrumentor's `attach`: else the spans of later requests would be below the run."""
    try:
        attached: Any = begun.context_token
        if hasattr(attached, "var"):
            attached.var.reset(attached)
    except Exception:
        guard.fault("detaching a failed run")
