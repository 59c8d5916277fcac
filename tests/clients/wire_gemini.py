"""Gemini's answers."""

from __future__ import annotations

from typing import Any

from tests.clients.wire_events import FIRST_TOKEN_S, WORDS, Answers, Asked, Event, arguments, words_at

_USAGE = {
    "promptTokenCount": 11,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 2,
    "totalTokenCount": 18,
    "cachedContentTokenCount": 4,
}


def _answer(asked: Asked, part: dict[str, Any], *, is_last: bool = True) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
    model = asked.path.rpartition("/")[2].partition(":")[0]
    answer: dict[str, Any] = {"candidates": [candidate], "modelVersion": f"{model}-2026-09", "responseId": "r-1"}
    if is_last:
        candidate["finishReason"] = "STOP"
        answer["usageMetadata"] = _USAGE
    return answer


def _call(asked: Asked) -> dict[str, Any] | None:
    (tools,) = asked.body.get("tools") or [{"functionDeclarations": None}]
    if (tool := asked.next_tool(tools["functionDeclarations"])) is None:
        return None
    return {"functionCall": {"name": tool["name"], "args": arguments(tool["parameters_json_schema"])}}


def _generate(asked: Asked) -> dict[str, Any]:
    return _answer(asked, _call(asked) or {"text": "".join(WORDS)})


def _generate_stream(asked: Asked) -> list[Event]:
    if (call := _call(asked)) is not None:
        return [(FIRST_TOKEN_S, "", _answer(asked, call))]
    return [(wait_s, "", _answer(asked, {"text": word}, is_last=word == WORDS[-1])) for wait_s, word in words_at()]


ANSWERS: Answers = {":generateContent": _generate, ":streamGenerateContent": _generate_stream}
