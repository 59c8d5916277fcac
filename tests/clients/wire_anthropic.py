"""Anthropic's answers."""

from __future__ import annotations

from typing import Any

from tests.clients.wire_events import GAP_S, WORDS, Answers, Asked, Event, words_at

_USAGE = {
    "input_tokens": 11,
    "output_tokens": 7,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 2,
}


def messages(model: str) -> dict[str, Any]:
    """A whole answer."""
    return {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "model": f"{model}-2026-09",
        "content": [{"type": "text", "text": "".join(WORDS)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _USAGE,
    }


def messages_stream(model: str) -> list[Event]:
    """The events of a streamed one."""
    begun = {**messages(model), "content": [], "stop_reason": None, "usage": {**_USAGE, "output_tokens": 1}}
    contents: list[tuple[float, dict[str, Any]]] = [
        (0, {"type": "message_start", "message": begun}),
        (0, {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        (0, {"type": "ping"}),
        *(
            (wait_s, {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}})
            for wait_s, word in words_at()
        ),
        (0, {"type": "content_block_stop", "index": 0}),
        (
            GAP_S,
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 7},
            },
        ),
        (0, {"type": "message_stop"}),
    ]
    return [(wait_s, content["type"], content) for wait_s, content in contents]


def _answer(asked: Asked) -> dict[str, Any] | list[Event]:
    return (messages_stream if asked.body.get("stream") else messages)(asked.body["model"])


ANSWERS: Answers = {"/messages": _answer}
