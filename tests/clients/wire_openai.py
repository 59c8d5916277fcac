"""OpenAI's answers; other providers speak as it does."""

from __future__ import annotations

import json
from typing import Any

from tests.clients.wire_events import FIRST_TOKEN_S, GAP_S, WORDS, Answers, Asked, Event, arguments, words_at

_USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _called(asked: Asked) -> dict[str, str] | None:
    """The name and the arguments of the tool that the model calls."""
    if (tool := asked.next_tool(asked.body.get("tools"))) is None:
        return None
    function = tool.get("function", tool)  # the API of responses has it flat
    called = json.dumps(arguments(function["parameters"]), separators=(",", ":"))
    return {"name": function["name"], "arguments": called}


def _chat(asked: Asked) -> dict[str, Any] | list[Event]:
    if asked.body.get("stream"):
        return _chat_stream(asked)
    message: dict[str, Any] = {"role": "assistant", "content": "".join(WORDS)}
    finish = "stop"
    if (function := _called(asked)) is not None:
        call = {"id": f"call-{asked.turn}", "type": "function", "function": function}
        message, finish = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": f"{asked.body['model']}-2026-09",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": _USAGE,
    }


def _chat_stream(asked: Asked) -> list[Event]:
    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        model = f"{asked.body['model']}-2026-09"
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices, **more}

    events: list[Event] = [(0, "", chunk({"role": "assistant", "content": ""}))]
    if (function := _called(asked)) is not None:
        begun = {**function, "arguments": ""}
        call = {"index": 0, "id": f"call-{asked.turn}", "type": "function", "function": begun}
        rest = {"index": 0, "function": {"arguments": function["arguments"]}}
        events.append((FIRST_TOKEN_S, "", chunk({"tool_calls": [call]})))
        events.append((GAP_S, "", chunk({"tool_calls": [rest]})))
        events.append((GAP_S, "", chunk({}, "tool_calls")))
    else:
        events += [(wait_s, "", chunk({"content": word})) for wait_s, word in words_at()]
        events.append((GAP_S, "", chunk({}, "stop")))
    if (asked.body.get("stream_options") or {}).get("include_usage"):
        events.append((GAP_S, "", chunk(None, usage=_USAGE)))
    return [*events, (0, "", "[DONE]")]


def _responses(asked: Asked) -> dict[str, Any] | list[Event]:
    events = _responses_stream(asked)
    if asked.body.get("stream"):
        return events
    _, _, completed = events[-1]
    response: dict[str, Any] = completed["response"]
    return response


def _responses_stream(asked: Asked) -> list[Event]:
    response: dict[str, Any] = {
        "id": "resp-1",
        "object": "response",
        "created_at": 1,
        "model": f"{asked.body['model']}-2026-09",
        "status": "in_progress",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    usage = {
        "input_tokens": 11,
        "output_tokens": 7,
        "total_tokens": 18,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 2},
    }
    item, told = _message() if (function := _called(asked)) is None else _function_call(function, asked.turn)
    done = {**response, "status": "completed", "output": [item], "usage": usage}
    contents = [
        (0.0, {"type": "response.created", "response": response}),
        *told,
        (GAP_S, {"type": "response.completed", "response": done}),
    ]
    return [
        (wait_s, content["type"], {**content, "sequence_number": number})
        for number, (wait_s, content) in enumerate(contents)
    ]


_Told = tuple[dict[str, Any], list[tuple[float, dict[str, Any]]]]
"""What a response holds, and the events that tell of it."""


def _message() -> _Told:
    part = {"type": "output_text", "text": "".join(WORDS), "annotations": []}
    place = {"item_id": "msg-1", "output_index": 0, "content_index": 0, "logprobs": []}
    return {"id": "msg-1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}, [
        *((wait_s, {"type": "response.output_text.delta", "delta": word, **place}) for wait_s, word in words_at()),
        (GAP_S, {"type": "response.output_text.done", "text": "".join(WORDS), **place}),
    ]


def _function_call(function: dict[str, str], turn: int) -> _Told:
    call = {"id": f"fc-{turn}", "type": "function_call", "call_id": f"call-{turn}", "status": "completed", **function}
    begun = {**call, "arguments": "", "status": "in_progress"}
    place = {"item_id": call["id"], "output_index": 0}
    return call, [
        (FIRST_TOKEN_S, {"type": "response.output_item.added", "output_index": 0, "item": begun}),
        (0.0, {"type": "response.function_call_arguments.delta", "delta": function["arguments"], **place}),
        (0.0, {"type": "response.function_call_arguments.done", **function, **place}),
        (0.0, {"type": "response.output_item.done", "output_index": 0, "item": call}),
    ]


def _embeddings(asked: Asked) -> dict[str, Any]:
    return {
        "object": "list",
        "model": asked.body["model"],
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }


ANSWERS: Answers = {"/chat/completions": _chat, "/responses": _responses, "/embeddings": _embeddings}
