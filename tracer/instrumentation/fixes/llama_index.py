"""What OpenInference's instrumentor for LlamaIndex tells of a stream, put right.

It takes the first chunk for the first token, though most begin with one that has a role and no content, and ends the
span of a stream when it was opened. LlamaIndex sends it an event for each chunk: a meter listens there.
"""

from __future__ import annotations

import functools
import importlib
import time
from typing import Any

from ... import guard
from ...spans.span import Span
from .client_stream_meter import ClientStreamMeter

_MARK = "_tracetui_put_right"
_IDLE_S = 60
"""After which the instrumentor gives up on a stream; it has ended with its last chunk then."""


def put_right() -> None:
    """Change the instrumentor where it is the one that is known; a second time does nothing."""
    try:
        handler: Any = importlib.import_module("openinference.instrumentation.llama_index._handler")
        spans: Any = handler._Span
        in_progress = (handler.LLMChatInProgressEvent, handler.LLMCompletionInProgressEvent)
        process, end = spans.process_event, spans.end
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if not hasattr(process, _MARK):
        spans.process_event, spans.end = _measuring(process, in_progress), _ending_now(end)


def _measuring(process: Any, in_progress: Any) -> Any:
    @functools.wraps(process)
    def processed(self: Any, event: Any) -> Any:
        try:
            if isinstance(event, in_progress) and self.waiting_for_streaming:
                _count(self._otel_span, event.response)
        except Exception:
            guard.fault("listening to a stream of LlamaIndex")
        return process(self, event)

    setattr(processed, _MARK, True)
    return processed


def _count(face: Any, response: Any) -> None:
    """Count in what has come: a text, or the provider's own chunk, which may be a tool call or the tokens."""
    record = getattr(face, "record", None)
    if type(record) is Span and record.end_ns is None:
        meter = record.stream or ClientStreamMeter(record)
        if isinstance(meter, ClientStreamMeter):
            meter.add(response.delta or response.raw)


def _ending_now(end: Any) -> Any:
    @functools.wraps(end)
    def ended(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.waiting_for_streaming:
            now_s, last_s = time.time(), self._last_updated_at
            self._end_time = max(self._end_time, int((last_s if now_s - last_s > _IDLE_S else now_s) * 1e9))
        record = getattr(self._otel_span, "record", None)
        if type(record) is Span and record.event_list and self._end_time:  # it was taken when the stream was opened
            self._end_time = max(self._end_time, record.event_list[-1]["time_ns"])
        return end(self, *args, **kwargs)

    return ended
