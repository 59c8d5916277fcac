"""OpenInference's instrumentor for LlamaIndex: the measures and the ends of streams.

The instrumentor takes the first chunk for the first token, though most streams begin with a chunk that has a role and
no content, and ends the span of a stream when the stream was opened. LlamaIndex sends it an event for each
chunk, which is measured.
"""

from __future__ import annotations

import time
from typing import Any

from ...otel.api_span import open_record
from .patch import before, find, patch
from .stream_meter import count_chunk

_HANDLER = "openinference.instrumentation.llama_index._handler"
_IN_PROGRESS = ("LLMChatInProgressEvent", "LLMCompletionInProgressEvent")
"""The classes of events that come with a chunk."""

_IDLE_S = 60
"""The instrumentor gives up on a stream after that time; the stream has ended with its last chunk then."""


def fix() -> None:
    """Patch the instrumentor."""
    in_progress = tuple(kind for name in _IN_PROGRESS if (kind := find(_HANDLER, name)) is not None)

    def count_event(span: Any, event: Any) -> None:
        """Count a text, or the provider's own chunk, which may be a tool call or the tokens."""
        if isinstance(event, in_progress) and span.waiting_for_streaming:
            count_chunk(span._otel_span, event.response.delta or event.response.raw)

    patch(_HANDLER, "_Span.process_event", before(count_event, "measuring a stream of LlamaIndex"))
    patch(_HANDLER, "_Span.end", before(_set_end, "ending a span of LlamaIndex"))


def _set_end(span: Any, /, *_: Any, **__: Any) -> None:
    """Move the end that was taken when the stream was opened to the last chunk."""
    if span.waiting_for_streaming:
        now_s, last_s = time.time(), span._last_updated_at
        span._end_time = max(span._end_time, int((last_s if now_s - last_s > _IDLE_S else now_s) * 1e9))
    record = open_record(span._otel_span)
    if record is not None and record.event_list and span._end_time:
        span._end_time = max(span._end_time, record.event_list[-1]["time_ns"])
