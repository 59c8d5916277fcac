"""An answer in the form of each provider and framework, and what it says."""

from __future__ import annotations

from typing import Any

from tests.store.chat.said import CALL, assistant
from tracetui.store.chat.message import Message, Thinking, ToolCall

ANSWERS: dict[str, tuple[Any, list[Message]]] = {
    "OpenAI, chat": (
        {
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": "Sunny.", "reasoning_content": "Look it up."},
                }
            ],
        },
        [assistant(Thinking("Look it up."), "Sunny.", finish_reason="stop")],
    ),
    "OpenAI, completion": ({"object": "text_completion", "choices": [{"text": "Sunny."}]}, [assistant("Sunny.")]),
    "OpenAI, responses": (
        {
            "object": "response",
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "web_search_call", "id": "w", "status": "completed"},
                {
                    "type": "message",
                    "id": "m",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "Sunny.", "annotations": []}],
                },
            ],
        },
        [
            assistant(Thinking("")),
            assistant(ToolCall("web_search", {"status": "completed"})),
            assistant("Sunny.", id="m"),
        ],
    ),
    "Anthropic": (
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "Sunny."}],
            "stop_reason": "end_turn",
        },
        [assistant("Sunny.", stop_reason="end_turn")],
    ),
    "Gemini": (
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "Sunny."}]}, "finishReason": "STOP"}]},
        [assistant("Sunny.")],
    ),
    "Google ADK": ({"content": {"parts": [{"text": "Sunny."}], "role": "model"}}, [assistant("Sunny.")]),
    "Bedrock": (
        {"output": {"message": {"role": "assistant", "content": [{"text": "Sunny."}]}}, "stopReason": "end_turn"},
        [assistant("Sunny.")],
    ),
    "Cohere": (
        {
            "message": {"role": "assistant", "content": [{"type": "text", "text": "Sunny."}]},
            "finish_reason": "COMPLETE",
        },
        [assistant("Sunny.", finish_reason="COMPLETE")],
    ),
    "Mistral, thinking": (
        {
            "choices": [
                {
                    "message": {
                        "role": "assistant",
                        "content": [
                            {"type": "thinking", "thinking": [{"type": "text", "text": "Look it up."}]},
                            {"type": "text", "text": "Sunny."},
                        ],
                    }
                }
            ]
        },
        [assistant(Thinking("Look it up."), "Sunny.")],
    ),
    "Ollama": (
        {"model": "m", "message": {"role": "assistant", "content": "Sunny.", "thinking": "Look it up."}},
        [assistant(Thinking("Look it up."), "Sunny.", model="m")],
    ),
    "LangChain, a result": (
        {
            "generations": [
                [
                    {
                        "text": "",
                        "message": {
                            "lc": 1,
                            "type": "constructor",
                            "id": ["langchain", "schema", "messages", "AIMessage"],
                            "kwargs": {
                                "content": "",
                                "tool_calls": [{"name": "weather", "args": {"city": "Porto"}, "id": "c1"}],
                            },
                        },
                    }
                ]
            ]
        },
        [assistant(CALL)],
    ),
    "OpenInference": ([{"content": "Sunny."}], [assistant("Sunny.")]),
    "Vercel": (
        {"text": "", "toolCalls": [{"toolCallId": "c1", "toolName": "weather", "input": '{"city":"Porto"}'}]},
        [assistant(CALL)],
    ),
}
