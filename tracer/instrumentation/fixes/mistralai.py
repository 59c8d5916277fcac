"""OpenInference's instrumentor for Mistral: streams that are measured, and chunks that read as a whole completion.

The client's generators are of no class that could be watched; the instrumentor's proxies have the chunks.
"""

from __future__ import annotations

from typing import Any

from .patch import changed, patch
from .stream_meter import measure_proxies

_PACKAGE = "openinference.instrumentation.mistralai"


def fix() -> None:
    """Patch the instrumentor."""
    measure_proxies(f"{_PACKAGE}._stream", "_Stream")
    measure_proxies(f"{_PACKAGE}._stream", "_AsyncStream")
    patch(
        f"{_PACKAGE}._response_accumulator",
        "_ChatCompletionAccumulator._result",
        changed(_as_completion, "joining the chunks of Mistral's chat"),
    )


def _as_completion(joined: Any, _accumulator: Any) -> Any:
    """Let the joined chunks have the object name of a whole completion."""
    data = joined.get("data") if joined else None
    if isinstance(data, dict) and data.get("object") == "chat.completion.chunk":
        data["object"] = "chat.completion"
    return joined
