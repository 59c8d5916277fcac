"""A request in the form of each provider and framework, and what it says."""

from __future__ import annotations

from typing import Any

from tests.store.chat.said import (
    CALL,
    DATA_URI,
    PIXEL,
    PNG,
    RESULT,
    SCHEMA,
    TURN,
    WEATHER,
    assistant,
    system,
    tool,
    user,
)
from tracetui.store.chat.message import Media, Message, Thinking, Tool, ToolResult

REQUESTS: dict[str, tuple[Any, list[Message], list[Tool]]] = {
    "OpenAI, chat": (
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "developer", "content": "Be short."},
                {"role": "user", "content": "Sky?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "weather", "arguments": '{"city":"Porto"}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
                {"role": "assistant", "content": "It is sunny."},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "weather", "description": "Sky over a city", "parameters": SCHEMA},
                }
            ],
        },
        TURN,
        [WEATHER],
    ),
    "OpenAI, chat with an image": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": DATA_URI}},
                    {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
                ],
            }
        ],
        [
            user(
                "What is it?",
                Media("image", "image/png", 70, DATA_URI),
                Media("audio", "audio/wav", 70, PIXEL),
            )
        ],
        [],
    ),
    "OpenAI, responses": (
        {
            "instructions": "Be short.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Sky?"}]},
                {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "Look it up."}]},
                {
                    "type": "function_call",
                    "call_id": "c1",
                    "id": "f",
                    "name": "weather",
                    "arguments": '{"city":"Porto"}',
                },
                {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
            ],
            "tools": [
                {"type": "function", "name": "weather", "description": "Sky over a city", "parameters": SCHEMA},
                {"type": "web_search"},
            ],
        },
        [system("Be short."), user("Sky?"), assistant(Thinking("Look it up.")), assistant(CALL), tool(RESULT)],
        [WEATHER, Tool("web_search")],
    ),
    "OpenAI, responses to a text": (
        {"instructions": "Be short.", "input": "Sky?", "model": "gpt-4o"},
        [system("Be short."), user("Sky?")],
        [],
    ),
    "Anthropic": (
        {
            "system": [{"type": "text", "text": "Be short.", "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Sky?"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                    ],
                },
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "Look it up.", "signature": "x"},
                        {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Porto"}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "sunny"}]}
                    ],
                },
            ],
            "tools": [{"name": "weather", "description": "Sky over a city", "input_schema": SCHEMA}],
        },
        [system("Be short."), user("Sky?", PNG), assistant(Thinking("Look it up."), CALL), tool(RESULT)],
        [WEATHER],
    ),
    "Gemini": (
        {
            "model": "gemini-2.5-flash",
            "contents": [
                {"role": "user", "parts": [{"text": "Sky?"}, {"inlineData": {"mimeType": "image/png", "data": PIXEL}}]},
                {
                    "role": "model",
                    "parts": [
                        {"text": "Look it up.", "thought": True},
                        {"functionCall": {"id": "c1", "name": "weather", "args": {"city": "Porto"}}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"id": "c1", "name": "weather", "response": {"result": "sunny"}}}],
                },
            ],
            "config": {
                "system_instruction": "Be short.",
                "tools": [
                    {
                        "function_declarations": [
                            {"name": "weather", "description": "Sky over a city", "parameters": SCHEMA}
                        ]
                    }
                ],
            },
        },
        [
            system("Be short."),
            user("Sky?", PNG),
            assistant(Thinking("Look it up."), CALL),
            tool(ToolResult({"result": "sunny"}, "weather", "c1")),
        ],
        [WEATHER],
    ),
    "Gemini, a text": ({"model": "gemini-2.5-flash", "contents": "Sky?"}, [user("Sky?")], []),
    "Bedrock": (
        {
            "modelId": "m",
            "system": [{"text": "Be short."}],
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": "Sky?"}, {"image": {"format": "png", "source": {"bytes": PIXEL}}}],
                },
                {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "Look it up.", "signature": "x"}}},
                        {"toolUse": {"toolUseId": "c1", "name": "weather", "input": {"city": "Porto"}}},
                    ],
                },
                {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "sunny"}], "status": "error"}}],
                },
            ],
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "weather", "description": "Sky over a city", "inputSchema": {"json": SCHEMA}}}
                ]
            },
        },
        [
            system("Be short."),
            user("Sky?", PNG),
            assistant(Thinking("Look it up."), CALL),
            tool(ToolResult("sunny", "weather", "c1", is_error=True)),
        ],
        [WEATHER],
    ),
    "OpenTelemetry GenAI": (
        {
            "system_instructions": [{"type": "text", "content": "Be short."}],
            "messages": [
                {
                    "role": "user",
                    "parts": [
                        {"type": "text", "content": "Sky?"},
                        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PIXEL},
                    ],
                },
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "Look it up."},
                        {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Porto"}},
                    ],
                },
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "sunny"}]},
            ],
        },
        [system("Be short."), user("Sky?", PNG), assistant(Thinking("Look it up."), CALL), tool(RESULT)],
        [],
    ),
    "OpenInference": (
        [
            {
                "role": "user",
                "contents": [{"type": "text", "text": "Sky?"}, {"type": "image", "image": {"url": DATA_URI}}],
            },
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "function": {"name": "weather", "arguments": '{"city": "Porto"}'}}],
            },
            {"role": "tool", "content": "sunny", "tool_call_id": "c1"},
        ],
        [user("Sky?", Media("image", "image/png", 70, DATA_URI)), assistant(CALL), tool(RESULT)],
        [],
    ),
    "LangChain": (
        {
            "messages": [
                {"type": "system", "content": "Be short.", "additional_kwargs": {}, "response_metadata": {}},
                {"type": "human", "content": "Sky?", "additional_kwargs": {}},
                {
                    "type": "ai",
                    "content": "",
                    "tool_calls": [{"name": "weather", "args": {"city": "Porto"}, "id": "c1", "type": "tool_call"}],
                },
                {"type": "tool", "content": "sunny", "tool_call_id": "c1", "name": "weather", "status": "success"},
            ]
        },
        [system("Be short."), user("Sky?"), assistant(CALL), tool(RESULT)],
        [],
    ),
    "LangChain, constructors in batches": (
        {
            "messages": [
                [
                    {
                        "lc": 1,
                        "type": "constructor",
                        "id": ["langchain", "schema", "messages", "HumanMessage"],
                        "kwargs": {"content": "Sky?", "type": "human"},
                    }
                ]
            ]
        },
        [user("Sky?")],
        [],
    ),
    "LangChain, pairs": (
        {"messages": [["system", "Be short."], ["human", "Sky?"]]},
        [system("Be short."), user("Sky?")],
        [],
    ),
    "LangGraph, the state of a node": (
        {"state": {"messages": [{"type": "human", "content": "Sky?"}]}, "config": {}},
        [user("Sky?")],
        [],
    ),
    "LlamaIndex": (
        {
            "messages": [
                {
                    "role": "user",
                    "additional_kwargs": {},
                    "blocks": [
                        {"block_type": "text", "text": "Sky?"},
                        {"block_type": "image", "image": PIXEL, "image_mimetype": "image/png"},
                    ],
                },
                {
                    "role": "assistant",
                    "blocks": [
                        {"block_type": "thinking", "content": "Look it up."},
                        {
                            "block_type": "tool_call",
                            "tool_call_id": "c1",
                            "tool_name": "weather",
                            "tool_kwargs": {"city": "Porto"},
                        },
                    ],
                },
                {"role": "tool", "additional_kwargs": {"tool_call_id": "c1"}, "content": "sunny"},
            ]
        },
        [user("Sky?", PNG), assistant(Thinking("Look it up."), CALL), tool(RESULT)],
        [],
    ),
    "Pydantic AI": (
        [
            {
                "kind": "request",
                "parts": [
                    {"part_kind": "system-prompt", "content": "Be short."},
                    {"part_kind": "user-prompt", "content": "Sky?"},
                ],
            },
            {
                "kind": "response",
                "parts": [
                    {"part_kind": "thinking", "content": "Look it up."},
                    {
                        "part_kind": "tool-call",
                        "tool_name": "weather",
                        "args": '{"city":"Porto"}',
                        "tool_call_id": "c1",
                    },
                ],
            },
            {
                "kind": "request",
                "parts": [
                    {"part_kind": "tool-return", "tool_name": "weather", "content": "sunny", "tool_call_id": "c1"}
                ],
            },
        ],
        [system("Be short."), user("Sky?"), assistant(Thinking("Look it up."), CALL), tool(RESULT)],
        [],
    ),
    "Vercel": (
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Sky?"}]},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "input": {"city": "Porto"}}
                    ],
                },
                {
                    "role": "tool",
                    "content": [
                        {
                            "type": "tool-result",
                            "toolCallId": "c1",
                            "toolName": "weather",
                            "output": {"type": "text", "value": "sunny"},
                        }
                    ],
                },
            ],
            "tools": [{"type": "function", "name": "weather", "description": "Sky over a city", "inputSchema": SCHEMA}],
        },
        [user("Sky?"), assistant(CALL), tool(RESULT)],
        [WEATHER],
    ),
    "a function that takes a request": (
        {"self": "Agent()", "request": {"messages": [{"role": "user", "content": "Sky?"}]}},
        [user("Sky?")],
        [],
    ),
}
