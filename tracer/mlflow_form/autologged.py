"""The attributes of MLflow's autologging, derived from the attributes of the instrumentors that `autolog` uses.

OpenInference flattens messages and tools (`llm.tools.0.tool.json_schema`) and stores the parameters of a call as one
JSON text. The GenAI conventions have `gen_ai.tool.definitions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_values import json_value

_CHAT_KEYS = (
    "llm.input_messages.0.message.role",
    "llm.input_messages.1.message.role",  # the Responses API: message 0 would be the instructions
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
"""Name of an instrumentor -> MLflow's name of the message format, where they differ."""


def is_chat(attributes: Mapping[str, Any]) -> bool:
    """Whether the input of a model call is messages, not text: a CHAT_MODEL in MLflow."""
    return any(key in attributes for key in _CHAT_KEYS) or attributes.get("gen_ai.operation.name") == "chat"


def parameter(attributes: Mapping[str, Any], name: str) -> Any:
    """A parameter of a model call, such as `model` or `temperature`, or None."""
    for key in _PARAMETERS:
        given = json_value(attributes.get(key))
        if isinstance(given, dict) and name in given:
            return given[name]
    if name == "model":
        return attributes.get("llm.request.model_name") or attributes.get("gen_ai.request.model")
    return None


def message_format(attributes: Mapping[str, Any]) -> str | None:
    """The format of the messages of a model call: "openai", "anthropic", "langchain" ...; None for other spans."""
    scope = attributes.get("otel.scope.name")
    if not isinstance(scope, str) or not (is_chat(attributes) or "llm.invocation_parameters" in attributes):
        return None
    library = next((scope.removeprefix(prefix) for prefix in _SCOPE_PREFIXES if scope.startswith(prefix)), scope)
    library = library.partition(".")[0]
    return _FORMATS.get(library, library)


def chat_tools(attributes: Mapping[str, Any]) -> list[Any] | None:
    """The tools of a model call in the form of OpenAI's chat completions, as in MLflow; None without tools."""
    tools = json_value(attributes.get("gen_ai.tool.definitions"))
    if not isinstance(tools, list):
        tools, place = [], 0
        while (schema := attributes.get(f"llm.tools.{place}.tool.json_schema")) is not None:
            tools.append(json_value(schema))
            place += 1
    return [_chat_tool(tool) for tool in tools] or None


def _chat_tool(tool: Any) -> Any:
    if not isinstance(tool, dict) or "function" in tool:
        return tool
    tool = tool.get("toolSpec") or tool  # Bedrock's Converse API
    if "name" not in tool:
        return tool
    function = {"name": tool["name"]}
    if tool.get("description") is not None:
        function["description"] = tool["description"]
    for key in ("parameters", "input_schema", "inputSchema"):
        if isinstance(schema := tool.get(key), dict):
            function["parameters"] = schema.get("json", schema) if key == "inputSchema" else schema
    return {"type": "function", "function": function}
