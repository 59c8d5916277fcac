"""Inputs and outputs that come as attributes, in the forms of the SDKs that have no field for them.

One attribute with JSON text (OpenInference `input.value`, OpenTelemetry `gen_ai.input.messages`, MLflow, Langfuse,
Traceloop, Vercel, Pydantic AI, Google ADK, Laminar), or a list flattened into many
(`llm.input_messages.0.message.role`, `gen_ai.prompt.0.content`). The attributes themselves stay as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from ..text.json_text import encode

_INPUTS = (
    "input.value",
    "gen_ai.input.messages",
    "mlflow.spanInputs",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "ai.prompt.messages",
    "ai.prompt",
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "ai.value",
    "ai.values",
    "pydantic_ai.all_messages",
    "lmnr.span.input",
    "gcp.vertex.agent.tool_call_args",  # first: tool calls have an empty request as well
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.data",
)
_OUTPUTS = (
    "output.value",
    "gen_ai.output.messages",
    "mlflow.spanOutputs",
    "langfuse.observation.output",
    "traceloop.entity.output",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.response.object",
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "ai.embedding",
    "ai.embeddings",
    "final_result",
    "lmnr.span.output",
    "gcp.vertex.agent.tool_response",
    "gcp.vertex.agent.llm_response",
)
_FLAT_INPUTS = ("llm.input_messages.", "gen_ai.prompt.", "embedding.embeddings.")
_FLAT_OUTPUTS = ("llm.output_messages.", "gen_ai.completion.", "retrieval.documents.", "reranker.output_documents.")
_WRAPPERS = frozenset({"message", "message_content", "tool_call", "document", "embedding"})
"""OpenInference puts each entry of a list into an object of one of these names."""

_REPRS = '{"messages": ["ChatMessage('
"""How what a call was given begins where an instrumentor, that of LlamaIndex or smolagents, wrote objects down by their
`repr`; it has the messages flattened as well."""

_INDEX_DIGITS = 5
"""Of a flattened list: one with a larger index is left flat."""

_MAX_STEPS = 32
"""Of a flattened name: one with more dots is left flat."""

_TOGETHER: tuple[Mapping[str, str], ...] = (
    {"system_instructions": "gen_ai.system_instructions", "messages": "gen_ai.input.messages"},
    {"messages": "ai.prompt.messages", "tools": "ai.prompt.tools"},
    {"text": "ai.response.text", "toolCalls": "ai.response.toolCalls"},
)
"""Attributes that are parts of one thing, and what each part is called in it."""

_LISTS_OF_JSON = frozenset({"ai.values", "ai.embeddings"})
"""Whose entries are JSON text each."""

_BEGIN_JSON = frozenset('{["')
"""Other JSON is a number or a word, and as good as the text."""

Read = Callable[[Mapping[str, Any]], Any]


class PayloadAttributes:
    """Where the spans with one set of attribute names have their inputs and outputs; None where they have none."""

    __slots__ = ("inputs", "outputs")

    def __init__(self, inputs: Read | None, outputs: Read | None) -> None:
        self.inputs = inputs
        self.outputs = outputs


def find_payload_attributes(names: Sequence[str]) -> PayloadAttributes | None:
    """What the attributes of these names carry; None for nothing, as of nearly all spans."""
    inputs = _reader(names, _INPUTS, _FLAT_INPUTS)
    outputs = _reader(names, _OUTPUTS, _FLAT_OUTPUTS)
    return PayloadAttributes(inputs, outputs) if inputs or outputs else None


def payload_json(value: Any) -> bytes:
    """JSON, as UTF-8, of what a `Read` gave: of a string the JSON in it, if that is what it holds."""
    if type(value) is str and value[:1] in _BEGIN_JSON:
        try:
            orjson.loads(value)
            return value.encode()
        except ValueError:  # text that only begins like JSON
            pass
    return encode(value)


def _reader(names: Sequence[str], whole: Sequence[str], flat: Sequence[str]) -> Read | None:
    for key in whole:
        if key in names:
            if (parts := _parts_with(key, names)) is not None:
                return lambda attributes: {part: _decoded(attributes[name]) for part, name in parts.items()}
            if key in _LISTS_OF_JSON:
                return lambda attributes, key=key: _decoded(attributes[key])  # type: ignore[misc]
            if key == "input.value" and (messages := _flattened(names, _FLAT_INPUTS[0])) is not None:
                return lambda attributes: _told(attributes["input.value"], messages, attributes)
            return lambda attributes, key=key: attributes[key]  # type: ignore[misc]
    for prefix in flat:
        if (read := _flattened(names, prefix)) is not None:
            return read
    return None


def _parts_with(key: str, names: Sequence[str]) -> Mapping[str, str] | None:
    """What an attribute is told together with, if any of that is there."""
    for whole in _TOGETHER:
        if key in whole.values():
            found = {part: name for part, name in whole.items() if name in names}
            return found if len(found) > 1 else None
    return None


def _flattened(names: Sequence[str], prefix: str) -> Read | None:
    paths = [(name, name[len(prefix) :].split(".")) for name in names if name.startswith(prefix)]
    if paths and all(_is_index(path[0]) and len(path) <= _MAX_STEPS for _, path in paths):
        return lambda attributes: _assembled(paths, attributes)
    return None


def _told(value: Any, messages: Read, attributes: Mapping[str, Any]) -> Any:
    return messages(attributes) if isinstance(value, str) and value.startswith(_REPRS) else value


def _is_index(step: str) -> bool:
    return step.isdecimal() and len(step) <= _INDEX_DIGITS


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in _BEGIN_JSON:
        try:
            return orjson.loads(value)
        except ValueError:
            return value
    if isinstance(value, list | tuple):
        return [_decoded(item) if isinstance(item, str) else item for item in value]  # JSON in a list of texts
    return value


def _assembled(paths: Sequence[tuple[str, list[str]]], attributes: Mapping[str, Any]) -> Any:
    """The list whose entries were flattened into attributes, in the order of their numbers."""
    tree: dict[str, Any] = {}
    for name, path in paths:
        place = tree
        for step in path[:-1]:
            deeper = place.setdefault(step, {})
            if not isinstance(deeper, dict):  # a leaf above leaves: both are kept
                deeper = place[step] = {"": deeper}
            place = deeper
        if isinstance(place.get(path[-1]), dict):
            place[path[-1]][""] = attributes[name]
        else:
            place[path[-1]] = attributes[name]
    return _lists(tree)


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(map(_is_index, tree)):
        return [_lists(tree[key]) for key in sorted(tree, key=int)]
    if len(tree) == 1 and (only := next(iter(tree))) in _WRAPPERS and isinstance(tree[only], dict):
        return _lists(tree[only])
    return {key: _lists(value) for key, value in tree.items()}
