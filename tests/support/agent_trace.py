"""A trace of an agent that calls a model, then a tool, then the model again with all that was said before."""

from __future__ import annotations

from typing import Any

from tests.support.builders import BuiltTrace, TraceFile

QUESTION = "Where is my order 40017?"
ANSWER = "It left Hamburg yesterday and arrives on Monday."
SYSTEM = {"role": "system", "content": "You are the assistant of a shop. Be short."}
ASKED = {"role": "user", "content": QUESTION}
CALL = {"id": "c1", "type": "function", "function": {"name": "order_status", "arguments": '{"number": 40017}'}}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": '{"place": "Hamburg", "eta": "Monday"}'}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": {argument: {"type": "string"}}},
        },
    }
    for name, description, argument in (
        ("order_status", "Where an order is", "number"),
        ("search_handbook", "Rules of the shop", "query"),
    )
]


def choice(message: dict[str, Any], finish_reason: str = "stop") -> dict[str, Any]:
    """An answer of OpenAI's chat."""
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}


def agent_trace(file: TraceFile, *, turns: int = 1, running: bool = False) -> BuiltTrace:
    """Add the trace; each further turn asks again, with the whole history. The last call of a running trace is open."""
    trace = file.trace("POST /chat", session_id="s-40", user_id="u7", kind="AGENT", model="gpt-4o-mini")
    end_ms = None if running else 900.0 * turns
    root = trace.span("shop assistant", kind="AGENT", end_ms=end_ms, inputs={"question": QUESTION}, outputs=ANSWER)
    history: list[dict[str, Any]] = [SYSTEM]
    for turn in range(turns):
        start_ms = 900.0 * turn
        history = [*history, ASKED]
        columns: dict[str, Any] = {"kind": "LLM", "model": "gpt-4o-mini"}
        columns |= {"input_tokens": 210, "output_tokens": 18, "cost_usd": 0.0002}
        trace.span(
            "chat",
            parent=root,
            start_ms=start_ms + 5,
            end_ms=start_ms + 305,
            inputs={"model": "gpt-4o-mini", "messages": history, "tools": TOOLS},
            outputs=choice(CALLS, "tool_calls"),
            **columns,
        )
        trace.span(
            "order_status",
            parent=root,
            kind="TOOL",
            start_ms=start_ms + 310,
            end_ms=start_ms + 340,
            inputs={"number": 40017},
            outputs={"place": "Hamburg", "eta": "Monday"},
        )
        history = [*history, CALLS, RESULT]
        is_open = running and turn == turns - 1
        trace.span(
            "chat",
            parent=root,
            start_ms=start_ms + 345,
            end_ms=None if is_open else start_ms + 880,
            inputs={"model": "gpt-4o-mini", "messages": history, "tools": TOOLS},
            outputs=choice({"role": "assistant", "content": ANSWER[:20] if is_open else ANSWER}),
            ttft_ms=120.0,
            **columns,
        )
        history = [*history, {"role": "assistant", "content": ANSWER}]
    return trace
