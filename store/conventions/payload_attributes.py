"""Read inputs and outputs from attributes, in the forms of SDKs that have no field for them.

The form is one attribute with JSON text (OpenInference `input.value`, OpenTelemetry `gen_ai.input.messages`, MLflow,
Langfuse, Traceloop, Vercel, Pydantic AI, Google ADK, Laminar), or a list that is flattened into many attributes
(`llm.input_messages.0.message.role`, `gen_ai.prompt.0.content`). The attributes themselves are stored unchanged.
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
"""OpenInference wraps each entry of a list in an object with one of these names."""

_REPR_PREFIX = '{"messages": ["ChatMessage('
"""The first characters of arguments that the instrumentors of LlamaIndex and smolagents write as `repr`; they write the
messages as flattened attributes too."""

_INDEX_DIGITS = 5
"""The most digits of an index in a flattened list; a list with longer indexes stays flat."""

_MAX_STEPS = 32
"""The most parts of a flattened name; a list with longer names stays flat."""

_OBJECTS: tuple[Mapping[str, str], ...] = (
    {"system_instructions": "gen_ai.system_instructions", "messages": "gen_ai.input.messages"},
    {"messages": "ai.prompt.messages", "tools": "ai.prompt.tools"},
    {"text": "ai.response.text", "toolCalls": "ai.response.toolCalls"},
)
"""Attributes that form one object together, by their names in the object."""

_LISTS_OF_JSON = frozenset({"ai.values", "ai.embeddings"})
"""Attributes that are lists of JSON texts."""

_BEGIN_JSON = frozenset('{["')
"""The first characters of JSON to parse; other JSON is a number or a word, and stays text."""

Reader = Callable[[Mapping[str, Any]], Any]


class PayloadAttributes:
    """Readers for the inputs and outputs in one set of attributes; None if there are none."""

    __slots__ = ("inputs", "outputs")

    def __init__(self, inputs: Reader | None, outputs: Reader | None) -> None:
        self.inputs = inputs
        self.outputs = outputs


def find_payload_attributes(names: Sequence[str]) -> PayloadAttributes | None:
    """Return readers for the payloads among attributes with these names; None for most spans, which have none."""
    inputs = _reader(names, _INPUTS, _FLAT_INPUTS)
    outputs = _reader(names, _OUTPUTS, _FLAT_OUTPUTS)
    return PayloadAttributes(inputs, outputs) if inputs or outputs else None


def payload_json(value: Any) -> bytes:
    """Return the JSON, as UTF-8, of the result of a reader; a string that contains JSON is returned as that JSON."""
    if type(value) is str and value[:1] in _BEGIN_JSON:
        try:
            orjson.loads(value)
            return value.encode()
        except ValueError:  # text that only begins like JSON
            pass
    return encode(value)


def _reader(names: Sequence[str], whole: Sequence[str], flat: Sequence[str]) -> Reader | None:
    for key in whole:
        if key in names:
            if (parts := _parts_with(key, names)) is not None:
                return lambda attributes: {part: _decoded(attributes[name]) for part, name in parts.items()}
            if key in _LISTS_OF_JSON:
                return lambda attributes, key=key: _decoded(attributes[key])  # type: ignore[misc]
            if key == "input.value" and (messages := _flattened(names, _FLAT_INPUTS[0])) is not None:
                return lambda attributes: _input_value(attributes["input.value"], messages, attributes)
            return lambda attributes, key=key: attributes[key]  # type: ignore[misc]
    for prefix in flat:
        if (read := _flattened(names, prefix)) is not None:
            return read
    return None


def _parts_with(key: str, names: Sequence[str]) -> Mapping[str, str] | None:
    """Return the parts of the object that the attribute belongs to, if other parts exist."""
    for whole in _OBJECTS:
        if key in whole.values():
            found = {part: name for part, name in whole.items() if name in names}
            return found if len(found) > 1 else None
    return None


def _flattened(names: Sequence[str], prefix: str) -> Reader | None:
    paths = [(name, name[len(prefix) :].split(".")) for name in names if name.startswith(prefix)]
    if paths and all(_is_index(path[0]) and len(path) <= _MAX_STEPS for _, path in paths):
        return lambda attributes: _assembled(paths, attributes)
    return None


def _input_value(value: Any, messages: Reader, attributes: Mapping[str, Any]) -> Any:
    return messages(attributes) if isinstance(value, str) and value.startswith(_REPR_PREFIX) else value


def _is_index(step: str) -> bool:
    return step.isdecimal() and len(step) <= _INDEX_DIGITS


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in _BEGIN_JSON:
        try:
            return orjson.loads(value)
        except ValueError:
            return value
    if isinstance(value, list | tuple):
        return [_decoded(item) if isinstance(item, str) else item for item in value]  # a list of JSON texts
    return value


def _assembled(paths: Sequence[tuple[str, list[str]]], attributes: Mapping[str, Any]) -> Any:
    """Return the list that was flattened into attributes, in the order of its indexes."""
    tree: dict[str, Any] = {}
    for name, path in paths:
        place = tree
        for step in path[:-1]:
            deeper = place.setdefault(step, {})
            if not isinstance(deeper, dict):  # a value and an object have the same name: keep both
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
