"""Amazon Bedrock's answers, and the binary frames of its streams: "Amazon Event Stream encoding" of AWS's Smithy."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

from tests.clients.wire_anthropic import messages, messages_stream
from tests.clients.wire_events import WORDS, Answers, Asked, Event, arguments, words_at

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_USAGE = {
    "inputTokens": 5,  # without those of the cache
    "outputTokens": 7,
    "totalTokens": 18,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 2,
}
_END = {"usage": _USAGE, "metrics": {"latencyMs": 3}}


def framed(name: str, content: Any) -> bytes:
    """One event: lengths, their checksum, headers of strings (type 7), JSON, and the checksum of it all."""
    headers = b"".join(
        struct.pack(f">B{len(key)}sBH{len(value)}s", len(key), key, 7, len(value), value)
        for key, value in (
            (b":event-type", name.encode()),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        )
    )
    payload = json.dumps(content).encode()
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    frame = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return frame + struct.pack(">I", zlib.crc32(frame))


def _converse(asked: Asked) -> dict[str, Any]:
    content: dict[str, Any] = {"text": "".join(WORDS)}
    if (tool := asked.next_tool((asked.body.get("toolConfig") or {}).get("tools"))) is not None:
        specified = tool["toolSpec"]
        called = {"name": specified["name"], "input": arguments(specified["inputSchema"]["json"])}
        content = {"toolUse": {"toolUseId": f"call-{asked.turn}", **called}}
    return {"output": {"message": {"role": "assistant", "content": [content]}}, "stopReason": "end_turn", **_END}


def _converse_stream(asked: Asked) -> list[Event]:
    return [
        (0, "messageStart", {"role": "assistant"}),
        *(
            (wait_s, "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
            for wait_s, word in words_at()
        ),
        (0, "contentBlockStop", {"contentBlockIndex": 0}),
        (0, "messageStop", {"stopReason": "end_turn"}),
        (0, "metadata", _END),
    ]


def _invoke(asked: Asked) -> dict[str, Any]:
    return messages("claude-x")


def _invoke_stream(asked: Asked) -> list[Event]:
    return [
        (wait_s, "chunk", {"bytes": base64.b64encode(json.dumps(content).encode()).decode()})
        for wait_s, _, content in messages_stream("claude-x")
    ]


ANSWERS: Answers = {
    "/converse": _converse,
    "/converse-stream": _converse_stream,
    "/invoke": _invoke,
    "/invoke-with-response-stream": _invoke_stream,
}
