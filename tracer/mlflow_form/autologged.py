"""What MLflow's autologging writes as attributes, told from what the instrumentors of `autolog` write instead.

OpenInference flattens messages and tools (`llm.tools.0.tool.json_schema`) and has the parameters of a call as one JSON
text; the GenAI conventions have `gen_ai.tool.definitions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .texts import json_value

_CHAT_MARKS = (
    "llm.input_messages.0.message.role",
    "llm.input_messages.1.message.role",  # of the Responses API, whose instructions would be the first
)
_PARAMETERS = ("llm.invocation_parameters", "embedding.invocation_parameters")
_SCOPE_PREFIXES = ("openinference.instrumentation.", "opentelemetry.instrumentation.")
_FORMATS = {
    "google_genai": "gemini",
    "llama_index": "llamaindex",
    "mistralai": "mistral",
    "openai_agents": "openai-agent",
    "openai_v2": "openai",
    "pydantic-ai": "pydantic_ai",
}
"""Names of instrumentors -> MLflow's names of message formats, where they differ."""


def is_chat(attributes: Mapping[str, Any]) -> bool:
    """Whether a call of a model was given messages rather than text: MLflow's CHAT_MODEL."""
    return any(mark in attributes for mark in _CHAT_MARKS) or attributes.get("gen_ai.operation.name") == "chat"


def parameter(attributes: Mapping[str, Any], name: str) -> Any:
    """A parameter of a call, such as `model` or `temperature`, or None."""
    for key in _PARAMETERS:
        given = json_value(attributes.get(key))
        if isinstance(given, dict) and name in given:
            return given[name]
    if name == "model":
        return attributes.get("llm.request.model_name") or attributes.get("gen_ai.request.model")
    return None


def message_format(attributes: Mapping[str, Any]) -> str | None:
    """Whose form the messages of a call have: "openai", "anthropic", "langchain" ...; None for what is no call."""
    scope = attributes.get("otel.scope.name")
    if not isinstance(scope, str) or not (is_chat(attributes) or "llm.invocation_parameters" in attributes):
        return None
    library = next((scope.removeprefix(prefix) for prefix in _SCOPE_PREFIXES if scope.startswith(prefix)), scope)
    library = library.partition(".")[0]
    return _FORMATS.get(library, library)


def chat_tools(attributes: Mapping[str, Any]) -> list[Any] | None:
    """The tools that a call offered to the model, in the form of OpenAI's chat completions, as MLflow has them."""
    told = json_value(attributes.get("gen_ai.tool.definitions"))
    if not isinstance(told, list):
        told, place = [], 0
        while (schema := attributes.get(f"llm.tools.{place}.tool.json_schema")) is not None:
            told.append(json_value(schema))
            place += 1
    return [_chat_tool(tool) for tool in told] or None


def _chat_tool(tool: Any) -> Any:
    if not isinstance(tool, dict) or "function" in tool:
        return tool
    tool = tool.get("toolSpec") or tool  # of Bedrock's Converse API
    if "name" not in tool:
        return tool
    function = {"name": tool["name"]}
    if tool.get("description") is not None:
        function["description"] = tool["description"]
    for key in ("parameters", "input_schema", "inputSchema"):
        if isinstance(schema := tool.get(key), dict):
            function["parameters"] = schema.get("json", schema) if key == "inputSchema" else schema
    return {"type": "function", "function": function}
