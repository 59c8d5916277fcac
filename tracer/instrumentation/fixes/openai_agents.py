"""OpenInference's instrumentor for OpenAI's Agents: the status of a run that failed, and what is inside a run.

The Agents' own traces have no status, so the instrumentor reports each as OK. A trace is a block that an exception
leaves: at the end of the block that exception is being handled.
"""

from __future__ import annotations

import sys
from typing import Any

from ...otel.api_span import open_record
from ...spans.span import Span
from .patch import after, before, patch


def fix() -> None:
    """Patch the instrumentor."""
    handled_before: dict[str, int] = {}
    """The `id` of the exception that the program handles while a trace begins, which is none of the run, by trace."""

    def enter_root(processor: Any, trace: Any) -> None:
        handled_before[trace.trace_id] = id(sys.exc_info()[1])
        if (root := open_record(_root_of(processor, trace))) is not None:
            root.resume()

    def leave_root(processor: Any, trace: Any) -> None:
        error = sys.exc_info()[1]
        is_of_the_run = id(error) != handled_before.pop(trace.trace_id, None)
        api_span = _root_of(processor, trace)
        if (root := open_record(api_span)) is not None and is_of_the_run and isinstance(error, Exception):
            root.fail(error)
            api_span.end()
        if type(entered := getattr(api_span, "record", None)) is Span:
            entered.suspend()

    module, processor = "openinference.instrumentation.openai_agents._processor", "OpenInferenceTracingProcessor"
    patch(module, f"{processor}.on_trace_start", after(enter_root, "entering the trace of a run"))
    patch(module, f"{processor}.on_trace_end", before(leave_root, "leaving the trace of a run"))


def _root_of(processor: Any, trace: Any) -> Any:
    """The span of a trace. The instrumentor does not make it current, though the block of the trace is inside it."""
    return getattr(processor, "_root_spans", {}).get(trace.trace_id)
