"""A server on this machine that speaks the wire formats of OpenAI and Anthropic, with known waits between events."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIRST_TOKEN_S = 0.15
"""Between the first event, which holds no token, and the first that does."""

GAP_S = 0.01
"""Between tokens."""

Event = tuple[float, str, Any]
"""Seconds to wait before it, its name or "", its content."""

WORDS = ("Hel", "lo", " you")


class Wire:
    """What the server answers; a test may change it."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        """Other than 200: every request is refused with it."""
        self.before_answer = threading.Event()
        """A request is answered when this is set."""
        self.before_answer.set()
        self.before_last = threading.Event()
        """The last events of a stream are sent when this is set."""
        self.before_last.set()
        self.requests: list[dict[str, Any]] = []

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any] | list[Event]:
        """A document, or the events of a stream."""
        routes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "/v1/chat/completions": _chat_stream if body.get("stream") else _chat,
            "/v1/responses": _responses_stream if body.get("stream") else _response,
            "/v1/embeddings": _embeddings,
            "/v1/messages": _messages_stream if body.get("stream") else _messages,
        }
        return routes[path.partition("?")[0].removeprefix("/openai")](body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: Wire

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.wire.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        self.wire.before_answer.wait(30)
        if self.wire.status != 200:
            self._send_document(self.wire.status, {"error": {"message": "slow down", "type": "rate_limit_error"}})
            return
        answer = self.wire.answer(self.path, body)
        if isinstance(answer, dict):
            self._send_document(200, answer)
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for number, event in enumerate(answer):
                if number == len(answer) - 2:
                    self.wire.before_last.wait(30)
                self._send_event(*event)
        except (BrokenPipeError, ConnectionResetError):  # the client left
            pass

    def _send_event(self, wait_s: float, name: str, content: Any) -> None:
        time.sleep(wait_s)
        head = f"event: {name}\n" if name else ""
        text = content if isinstance(content, str) else json.dumps(content)
        self.wfile.write(f"{head}data: {text}\n\n".encode())
        self.wfile.flush()

    def _send_document(self, status: int, document: dict[str, Any]) -> None:
        text = json.dumps(document).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except (BrokenPipeError, ConnectionResetError):  # the client left
            pass


@contextmanager
def serving() -> Iterator[Wire]:
    """The server, until the block is left."""
    wire = Wire()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"wire": wire}))
    server.daemon_threads = True
    wire.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.before_answer.set()
        wire.before_last.set()
        server.shutdown()
        server.server_close()
        thread.join()


_OPENAI_USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 7,
    "total_tokens": 18,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _chat(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": f"{body['model']}-2026-09",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "".join(WORDS)}}],
        "usage": _OPENAI_USAGE,
    }


def _chat_stream(body: dict[str, Any]) -> list[Event]:
    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        model = f"{body['model']}-2026-09"
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices, **more}

    events: list[Event] = [(0, "", chunk({"role": "assistant", "content": ""}))]
    if body.get("tools"):
        call = {"index": 0, "id": "call-1", "type": "function", "function": {"name": "weather", "arguments": ""}}
        events.append((FIRST_TOKEN_S, "", chunk({"tool_calls": [call]})))
        events.append((GAP_S, "", chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"city":"Porto"}'}}]})))
        events.append((GAP_S, "", chunk({}, "tool_calls")))
    else:
        events += [(GAP_S if i else FIRST_TOKEN_S, "", chunk({"content": word})) for i, word in enumerate(WORDS)]
        events.append((GAP_S, "", chunk({}, "stop")))
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append((GAP_S, "", chunk(None, usage=_OPENAI_USAGE)))
    return [*events, (0, "", "[DONE]")]


def _responses_stream(body: dict[str, Any]) -> list[Event]:
    response: dict[str, Any] = {
        "id": "resp-1",
        "object": "response",
        "created_at": 1,
        "model": f"{body['model']}-2026-09",
        "status": "in_progress",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    part = {"type": "output_text", "text": "".join(WORDS), "annotations": []}
    message = {"id": "msg-1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    usage = {
        "input_tokens": 11,
        "output_tokens": 7,
        "total_tokens": 18,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 2},
    }
    done = {**response, "status": "completed", "output": [message], "usage": usage}
    place = {"item_id": "msg-1", "output_index": 0, "content_index": 0, "logprobs": []}
    contents: list[tuple[float, dict[str, Any]]] = [
        (0, {"type": "response.created", "response": response}),
        *(
            (GAP_S if i else FIRST_TOKEN_S, {"type": "response.output_text.delta", "delta": word, **place})
            for i, word in enumerate(WORDS)
        ),
        (GAP_S, {"type": "response.output_text.done", "text": "".join(WORDS), **place}),
        (GAP_S, {"type": "response.completed", "response": done}),
    ]
    return [
        (wait_s, content["type"], {**content, "sequence_number": number})
        for number, (wait_s, content) in enumerate(contents)
    ]


def _response(body: dict[str, Any]) -> dict[str, Any]:
    _, _, completed = _responses_stream(body)[-1]
    assert isinstance(completed, dict)
    response: dict[str, Any] = completed["response"]
    return response


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "list",
        "model": body["model"],
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }


_ANTHROPIC_USAGE = {
    "input_tokens": 11,
    "output_tokens": 7,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 2,
}


def _messages(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "model": f"{body['model']}-2026-09",
        "content": [{"type": "text", "text": "".join(WORDS)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _ANTHROPIC_USAGE,
    }


def _messages_stream(body: dict[str, Any]) -> list[Event]:
    begun = {**_messages(body), "content": [], "stop_reason": None, "usage": {**_ANTHROPIC_USAGE, "output_tokens": 1}}
    contents: list[tuple[float, dict[str, Any]]] = [
        (0, {"type": "message_start", "message": begun}),
        (0, {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        (0, {"type": "ping"}),
        *(
            (
                GAP_S if i else FIRST_TOKEN_S,
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}},
            )
            for i, word in enumerate(WORDS)
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
