"""A small ASGI app as a user would write it: two traced handlers, one of them streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from tracetui.tracer import SpanType, start_span, trace, update_current_trace

Send = Callable[[dict[str, Any]], Awaitable[None]]

held: dict[str, asyncio.Event] = {}
"""Questions whose answer stops after the first token until `GET /release`."""


@trace(span_type=SpanType.LLM, attributes={"gen_ai.request.model": "stand-in-1"})
async def complete(question: str, ttft_ms: int) -> AsyncIterator[str]:
    """Stream an answer whose first token takes `ttft_ms`."""
    await asyncio.sleep(ttft_ms / 1000)
    yield "Once "
    if question in held:
        await held[question].wait()
    yield f"upon {question}."


@trace(name="chat", span_type=SpanType.AGENT)
async def chat(question: str, ttft_ms: int, send: Send) -> str:
    """Answer in chunks."""
    update_current_trace(session_id="s-1", tags={"question": question})
    with start_span("retrieve", span_type=SpanType.RETRIEVER) as span:
        span.set_outputs([{"passage": f"about {question}"}])
    answer = ""
    async for chunk in complete(question, ttft_ms):
        answer += chunk
        await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})
    return answer


@trace(name="fail", span_type=SpanType.CHAIN)
async def fail(question: str) -> str:
    """Always raise."""
    raise LookupError(f"no passage about {question}")


async def app(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """`GET /chat?question=...&ttft_ms=...`, `/fail?question=...`, `/hold?question=...` and `/release?question=...`."""
    if scope["type"] != "http":
        return
    asked = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
    if scope["path"] == "/fail":
        try:
            await fail(asked["question"])
        except LookupError:
            await send({"type": "http.response.start", "status": 500, "headers": []})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/hold":
            held[asked["question"]] = asyncio.Event()
        elif scope["path"] == "/release":
            held[asked["question"]].set()
        else:
            await chat(asked["question"], int(asked["ttft_ms"]), send)
    await send({"type": "http.response.body", "body": b""})
