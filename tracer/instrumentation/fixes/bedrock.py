"""OpenInference's instrumentor for Bedrock: streams that are measured, names of models, and all counts of tokens.

The instrumentor calls an object of its own with each event of a stream. Of an answer of Converse it keeps the message,
and of the counts those that it has names for. It takes the vendor off the name of a model in one of its methods alone.
"""

from __future__ import annotations

from typing import Any

import orjson

from .patch import after, before, changed, patch
from .stream_meter import count_chunk

_PACKAGE = "openinference.instrumentation.bedrock"

_CALLBACKS = (
    "_ConverseStreamCallback",
    "_AnthropicMessagesCallback",
    "_NovaStreamCallback",
    "_OpenAIStreamCallback",
)
"""The callbacks for `converse_stream`, and for the formats of models that are invoked in their own."""

_CONVERSE = (
    ("", "_get_converse_response_attributes"),
    ("._wrappers", "get_attributes_from_response_data"),
    ("._converse_stream_callback", "get_attributes_from_response_data"),
)
"""The functions that describe an answer of Converse, by module."""


def fix() -> None:
    """Patch the instrumentor."""
    for name in _CALLBACKS:
        measure_callback(f"{_PACKAGE}._wrappers", name)
    for module in ("_attributes", "_messages"):
        patch(f"{_PACKAGE}.utils.anthropic.{module}", "_get_llm_model_name_from_input", lambda _: _whole_name)
    for module, name in _CONVERSE:
        patch(f"{_PACKAGE}{module}", name, changed(_with_usage, "keeping the usage of an answer"))


def measure_callback(target: Any, path: str) -> None:
    """Measure the streams whose events a class of callbacks receives."""
    patch(target, f"{path}.__init__", after(_keep_requested_model, "keeping the model of a stream"))
    patch(target, f"{path}.__call__", before(_count_event, "measuring an instrumentor's stream"))


def _whole_name(model: str) -> str:
    return str(model)


def _keep_requested_model(callback: Any, /, *_: Any, **__: Any) -> None:
    """Keep the model that was asked for; the callback replaces its name by that of the answer at the end."""
    if model := getattr(callback, "_request_attributes", {}).get("llm.model_name"):
        callback._span.set_attribute("llm.request.model_name", model)


def _count_event(callback: Any, event: Any) -> None:
    if isinstance(event, dict):  # else the end of the stream
        count_chunk(callback._span, _content(event))


def _content(event: dict[str, Any]) -> Any:
    """The event; or the JSON within it, which is that of a model that is invoked in its own format."""
    chunk = event.get("chunk")
    return orjson.loads(chunk["bytes"]) if isinstance(chunk, dict) and "bytes" in chunk else event


def _with_usage(attributes: dict[str, Any], _request: Any, response: Any) -> dict[str, Any]:
    if usage := response.get("usage"):
        tier = response.get("serviceTier")
        attributes["llm.usage"] = {**usage, "serviceTier": tier} if tier else usage
    return attributes
