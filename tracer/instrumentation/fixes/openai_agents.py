"""What OpenInference's instrumentor for OpenAI's Agents says of a run that failed, and what is inside it, put right.

The Agents' own traces have no status, so it says of each that all went well. A trace is a block that an exception
leaves: at its end the exception is there to be seen.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any

from ... import guard
from ...spans.span import Span

_MARK = "_tracetui_put_right"


def put_right() -> None:
    """Change the instrumentor where it is the one that is known; a second time does nothing."""
    try:
        module: Any = importlib.import_module("openinference.instrumentation.openai_agents._processor")
        processor = module.OpenInferenceTracingProcessor
        begin, end = processor.on_trace_start, processor.on_trace_end
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if hasattr(end, _MARK):
        return
    handled_before: dict[str, int] = {}
    """By trace: the exception that the program handles with this run, which tells nothing of it."""

    @functools.wraps(begin)
    def on_trace_start(self: Any, trace: Any) -> None:
        handled_before[trace.trace_id] = id(sys.exc_info()[1])
        begin(self, trace)
        if (root := _root_of(self, trace)) is not None:
            root.resume()

    @functools.wraps(end)
    def on_trace_end(self: Any, trace: Any) -> None:
        error = sys.exc_info()[1]
        is_of_the_run = id(error) != handled_before.pop(trace.trace_id, None)
        if is_of_the_run and isinstance(error, Exception):
            _fail(self, trace, error)
        if (root := _root_of(self, trace)) is not None:
            root.suspend()
        end(self, trace)

    setattr(on_trace_end, _MARK, True)
    processor.on_trace_start, processor.on_trace_end = on_trace_start, on_trace_end


def _root_of(processor: Any, trace: Any) -> Span | None:
    """The span of a trace, which the instrumentor makes nobody's current one: what the block of the trace does would
    begin a trace of its own."""
    record = getattr(_face_of(processor, trace), "record", None)
    return record if type(record) is Span else None


def _face_of(processor: Any, trace: Any) -> Any:
    return getattr(processor, "_root_spans", {}).get(trace.trace_id)


def _fail(processor: Any, trace: Any, error: Exception) -> None:
    """End the span of a trace before the instrumentor does."""
    try:
        face, record = _face_of(processor, trace), _root_of(processor, trace)
        if record is not None and record.end_ns is None:
            record.fail(error)
            face.end()
    except Exception:
        guard.fault("ending the trace of a failed run")
