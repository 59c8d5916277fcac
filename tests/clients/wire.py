"""A server on this machine that speaks the wire formats of LLM providers, with known waits between events."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.clients import wire_anthropic, wire_bedrock, wire_gemini, wire_openai
from tests.clients.wire_events import Answers, Asked, Event

_ANSWERS: Answers = {**wire_openai.ANSWERS, **wire_anthropic.ANSWERS, **wire_gemini.ANSWERS, **wire_bedrock.ANSWERS}


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
        self.reply: dict[str, Any] | list[Event] | None = None
        """What every request is answered with, in place of the usual answer."""
        self.headers: dict[str, str] = {}
        """What is sent beside every document."""
        self.requests: list[dict[str, Any]] = []

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any] | list[Event]:
        """A document, or the events of a stream."""
        if self.reply is not None:
            return self.reply
        asked = Asked(path.partition("?")[0], body, len(self.requests) - 1)
        return next(answer for end, answer in _ANSWERS.items() if asked.path.endswith(end))(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: Wire

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(sent) if sent.startswith(b"{") else {}  # a form, or nothing
        self.wire.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
        self.wire.before_answer.wait(30)
        if self.wire.status != 200:
            error = {"message": "slow down", "type": "rate_limit_error"}
            self._send_document(self.wire.status, {"error": error, "message": error["message"]})  # the latter: Bedrock
            return
        answer = self.wire.answer(self.path, body)
        if isinstance(answer, dict):
            self._send_document(200, answer)
            return
        is_bedrock = self.path.startswith("/model/")
        self.send_response(200)
        self.send_header("content-type", wire_bedrock.CONTENT_TYPE if is_bedrock else "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for number, (wait_s, name, content) in enumerate(answer):
                if number == len(answer) - 2:
                    self.wire.before_last.wait(30)
                time.sleep(wait_s)
                self.wfile.write((wire_bedrock.framed if is_bedrock else _framed)(name, content))
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):  # the client left
            pass

    do_GET = do_POST

    def _send_document(self, status: int, document: dict[str, Any]) -> None:
        text = json.dumps(document).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            for name, value in self.wire.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)
        except (BrokenPipeError, ConnectionResetError):  # the client left
            pass


def _framed(name: str, content: Any) -> bytes:
    """A server-sent event."""
    head = f"event: {name}\n" if name else ""
    text = content if isinstance(content, str) else json.dumps(content)
    return f"{head}data: {text}\n\n".encode()


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
