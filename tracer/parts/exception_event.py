"""What is recorded of an exception, in the form of the OpenTelemetry conventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..host.exceptions import is_hosts

if TYPE_CHECKING:
    from ...store.model.rows import TraceRecord

_MARK = "_tracetui_recorded_in"
"""Set on an exception whose stack trace is on a span of that trace."""


def error_text(error: BaseException) -> str:
    """`ValueError: bad`, as MLflow writes a status message."""
    try:
        text = str(error)
    except BaseException as raised:
        if is_hosts(raised):
            raise
        text = "<exception whose str() fails>"
    name = type(error).__qualname__
    return f"{name}: {text}" if text else name


def exception_attributes(error: BaseException, trace: TraceRecord) -> dict[str, Any]:
    """Of an `exception` event in `trace`: type, message, and the stack trace unless a span of the trace has it."""
    kind = type(error)
    attributes: dict[str, Any] = {
        "exception.type": kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}",
        "exception.message": error_text(error).partition(": ")[2],
    }
    if getattr(error, _MARK, None) != trace.trace_key:
        from .stack_trace import format_stack_trace  # loads linecache and tokenize: only when something fails

        attributes["exception.stacktrace"] = format_stack_trace(error)
        try:
            setattr(error, _MARK, trace.trace_key)
        except Exception:  # an exception class with __slots__: its trace is then kept on each span
            return attributes
    else:
        attributes["exception.escaped"] = True
    return attributes
