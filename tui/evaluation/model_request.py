"""The request of a recorded model call, made again for an endpoint that speaks OpenAI's or Anthropic's protocol."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Any, NamedTuple

from ...store.chat.chat import chat_of
from ...store.chat.message import ASSISTANT, SYSTEM, TOOL, Chat, Message, ToolCall, ToolResult
from ...store.model.rows import SpanDetail, SpanRow
from ...store.text import json_text

OPENAI, ANTHROPIC = "openai", "anthropic"

KEYS = {OPENAI: "OPENAI_API_KEY", ANTHROPIC: "ANTHROPIC_API_KEY"}
"""The environment variables with the key of each protocol; a key is never stored."""

BASE_URLS = {
    OPENAI: ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    ANTHROPIC: ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
"""The variable with the address, and the address without it."""

_PATHS = {OPENAI: "/chat/completions", ANTHROPIC: "/v1/messages"}
_MAX_TOKENS = 4_096
"""The most tokens of an answer, where Anthropic's protocol needs a number and the call does not tell it."""

_OPTIONS = frozenset(
    {
        "temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "seed", "stop", "stop_sequences",
        "presence_penalty", "frequency_penalty", "response_format", "reasoning_effort", "thinking", "tool_choice", "n",
    }
)  # fmt: skip
"""Options of a call that are sent again."""


class ModelRequest(NamedTuple):
    """A request, without its key."""

    protocol: str
    url: str
    body: dict[str, Any]


class NoRequestError(Exception):
    """The span has no request that can be made again; the message says why."""


def request_of(
    span: SpanRow, detail: SpanDetail, *, model: str | None, base_url: str | None, environment: Mapping[str, str]
) -> ModelRequest:
    """Return the request of a model call, for another model or address if given. Raises NoRequestError."""
    inputs = None if detail.inputs is None else json_text.decode_or_text(detail.inputs)
    chat = chat_of(inputs)
    if chat is None or not chat.messages:
        raise NoRequestError("its inputs are no messages")
    name = model or span.model
    if not name:
        raise NoRequestError("its model is not known; give --model")
    is_anthropic = (span.provider or "").lower().startswith("anthropic") or name.startswith("claude")
    protocol = ANTHROPIC if is_anthropic else OPENAI
    options = {**_recorded_options(detail), **{key: value for key, value in chat.rest.items() if key in _OPTIONS}}
    body = {"model": name, **(_anthropic if protocol == ANTHROPIC else _openai)(chat), **options, "stream": True}
    if protocol == ANTHROPIC:
        body.setdefault("max_tokens", _MAX_TOKENS)
    else:
        body["stream_options"] = {"include_usage": True}
    variable, default = BASE_URLS[protocol]
    base = (base_url or environment.get(variable) or default).rstrip("/")
    path = _PATHS[protocol]
    if protocol == ANTHROPIC and base.endswith("/v1"):
        path = path.removeprefix("/v1")
    return ModelRequest(protocol, base + path, body)


def as_curl(request: ModelRequest) -> str:
    """Return the request as a command of curl; the key is a variable of the shell."""
    body = json.dumps(request.body, ensure_ascii=False).replace("'", "'\\''")
    key = f"${KEYS[request.protocol]}"
    headers = "".join(f' \\\n  -H "{name}: {value}"' for name, value in headers_of(request.protocol, key))
    return f"curl -sS {shlex.quote(request.url)}{headers} \\\n  -d '{body}'\n"


def as_python(request: ModelRequest) -> str:
    """Return the request as a program in Python; the key comes from the environment."""
    headers = "".join(
        f"    {name!r}: {'f' if 'KEY' in value else ''}{value.replace('KEY', '{key}')!r},\n"
        for name, value in headers_of(request.protocol, "KEY")
    )
    body = pformat({**request.body, "stream": False}, sort_dicts=False, width=110)
    return (
        f"import os\n\nimport httpx\n\nkey = os.environ[{KEYS[request.protocol]!r}]\nbody = {body}\n"
        f"headers = {{\n{headers}}}\n"
        f"print(httpx.post({request.url!r}, json=body, headers=headers, timeout=120).json())\n"
    )


def headers_of(protocol: str, key: str) -> Iterator[tuple[str, str]]:
    """Return the headers of a request with a key."""
    yield "content-type", "application/json"
    if protocol == ANTHROPIC:
        yield "x-api-key", key
        yield "anthropic-version", "2023-06-01"
    else:
        yield "authorization", f"Bearer {key}"


def _recorded_options(detail: SpanDetail) -> dict[str, Any]:
    """Return options that are attributes: OpenInference has them in one, OpenTelemetry one by one."""
    found: dict[str, Any] = {}
    told = detail.attributes.get("llm.invocation_parameters")
    decoded = json_text.decode_or_text(told) if isinstance(told, str) else told
    if isinstance(decoded, Mapping):
        found.update((key, value) for key, value in decoded.items() if key in _OPTIONS)
    for key, value in detail.attributes.items():
        name = key.removeprefix("gen_ai.request.")
        if name != key and name in _OPTIONS:
            found.setdefault(name, value)
    return found


def _openai(chat: Chat) -> dict[str, Any]:
    body: dict[str, Any] = {"messages": [one for message in chat.messages for one in _openai_messages(message)]}
    if chat.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters or {"type": "object", "properties": {}},
                },
            }
            for tool in chat.tools
        ]
    return body


def _openai_messages(message: Message) -> Iterator[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    for result in results:
        yield {"role": TOOL, "tool_call_id": result.id or result.name or "call", "content": _text(result.content)}
    calls = message.calls
    if message.text or calls or not results:
        document: dict[str, Any] = {"role": message.role, "content": message.text}
        if calls:
            document["tool_calls"] = [
                {
                    "id": call.id or f"call_{place}",
                    "type": "function",
                    "function": {"name": call.name, "arguments": _text(call.arguments)},
                }
                for place, call in enumerate(calls)
            ]
        yield document


def _anthropic(chat: Chat) -> dict[str, Any]:
    system = "\n\n".join(message.text for message in chat.messages if message.role == SYSTEM)
    messages: list[dict[str, Any]] = []
    for message in chat.messages:
        if message.role == SYSTEM:
            continue
        role = ASSISTANT if message.role == ASSISTANT else "user"
        content = list(_anthropic_parts(message))
        if messages and messages[-1]["role"] == role:  # the roles take turns in this protocol
            messages[-1]["content"] += content
        else:
            messages.append({"role": role, "content": content})
    body: dict[str, Any] = {"messages": messages}
    if system:
        body["system"] = system
    if chat.tools:
        body["tools"] = [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters or {"type": "object", "properties": {}},
            }
            for tool in chat.tools
        ]
    return body


def _anthropic_parts(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, ToolCall):
            given = part.arguments if isinstance(part.arguments, Mapping) else {}
            yield {"type": "tool_use", "id": part.id or part.name, "name": part.name, "input": dict(given)}
        elif isinstance(part, ToolResult):
            yield {"type": "tool_result", "tool_use_id": part.id or part.name, "content": _text(part.content)}
    if message.text:
        yield {"type": "text", "text": message.text}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
