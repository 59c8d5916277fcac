"""The tools that a request offers to a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..text.json_text import decode_or_text
from .message import Tool

_SCHEMAS = (
    "parameters",
    "input_schema",
    "inputSchema",
    "parameters_json_schema",
    "parametersJsonSchema",
    "json_schema",
)
_WRAPPERS = ("function", "toolSpec", "tool", "custom")
_LISTS = ("function_declarations", "functionDeclarations", "tools", "function_tools")

_ATTRIBUTES = ("gen_ai.tool.definitions", "mlflow.chat.tools", "ai.prompt.tools", "model_request_parameters")
_FLAT = (("llm.tools.", ".tool.json_schema"), ("llm.tools.", ".json_schema"))


def tools_in(value: Any) -> list[Tool]:
    """Return the tools of a list, or of an object that has the list."""
    return list(_tools(value, 4))


def tools_of_attributes(attributes: Mapping[str, Any]) -> list[Tool]:
    """Return the tools that the attributes of a span say were offered."""
    for name in _ATTRIBUTES:
        if name in attributes:
            return tools_in(_decoded(attributes[name]))
    for prefix, suffix in _FLAT:
        found = [
            (int(number), value)
            for name, value in attributes.items()
            if name.startswith(prefix) and name.endswith(suffix)
            and (number := name[len(prefix) : -len(suffix)]).isdecimal() and len(number) < 6
        ]  # fmt: skip
        if found:
            return tools_in([_decoded(value) for _, value in sorted(found, key=lambda one: one[0])])
    names = sorted(key for key in attributes if key.startswith("llm.request.functions.") and key.endswith(".name"))
    return [_of_traceloop(attributes, key.removesuffix("name")) for key in names]


def _of_traceloop(attributes: Mapping[str, Any], prefix: str) -> Tool:
    schema = _decoded(attributes.get(prefix + "parameters"))
    return Tool(str(attributes[prefix + "name"]), str(attributes.get(prefix + "description") or ""), schema)


def _decoded(value: Any) -> Any:
    if isinstance(value, str):
        return decode_or_text(value)
    return [_decoded(one) for one in value] if isinstance(value, list | tuple) else value


def _tools(value: Any, levels: int) -> Iterator[Tool]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _tools(one, levels)
    if not isinstance(value, Mapping) or not levels:
        return
    inner = next((one for key in (*_LISTS, *_WRAPPERS) if isinstance(one := value.get(key), Mapping | list)), None)
    name = value.get("name")
    if inner is not None:
        yield from _tools(inner, levels - 1)
    elif isinstance(name, str) and name:
        schema = next((one for key in _SCHEMAS if (one := value.get(key)) is not None), None)
        if isinstance(schema, Mapping) and list(schema) == ["json"]:  # of Bedrock
            schema = schema["json"]
        yield Tool(name, str(value.get("description") or ""), schema)
    elif isinstance(kind := value.get("type"), str) and kind != "function":
        yield Tool(kind)  # a tool of the provider, such as a web search
