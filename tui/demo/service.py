"""The HTTP side of the chat, on the standard library's server: POST /chat streams an answer."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from contextlib import closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from itertools import count
from socketserver import ThreadingTCPServer
from typing import Any

import orjson

from .chat import Request, Turn
from .handbook import Handbook
from .model import LARGE, SENTENCES, Message, user
from .provider import Delays, Provider, RateLimitedError, StoppedError, UpstreamTimeoutError, fault_of

MAX_BODY_BYTES = 16 * 1024
HISTORY_MESSAGES = 8
"""Messages of a session that the models see."""

HELP = {
    "service": "the chat server of `tracetui demo`",
    "ask": """curl -N 127.0.0.1:PORT/chat -d '{"question": "What is time to first token?"}'""",
    "models": list(SENTENCES),
}

_STATUSES: dict[type[Exception], HTTPStatus] = {
    RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    UpstreamTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
}
_ERRORS: tuple[type[Exception], ...] = (*_STATUSES, ArithmeticError, LookupError, SyntaxError, ValueError)


class QuestionError(ValueError):
    """The body of a request is not a question; the message is the reason."""


class ChatServer(ThreadingTCPServer):
    """Listens on 127.0.0.1; port 0 takes a free one. Raises OSError if the port is taken."""

    allow_reuse_address = True
    daemon_threads = False  # the end of the server waits for the requests, whose spans end with them

    def __init__(self, port: int, seed: int, delays: Delays) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.port: int = self.server_address[1]
        self._seed = seed
        self._delays = delays
        self._numbers = count()
        self.handbook = Handbook()
        self._sessions: defaultdict[str, deque[Message]] = defaultdict(lambda: deque(maxlen=HISTORY_MESSAGES))

    def turn(self, request: Request) -> Turn:
        """Returns the turn of a request. Its course depends on the seed and its number, not on other requests."""
        number = next(self._numbers)
        provider = Provider(self._delays, random.Random(f"{self._seed} {number}"), fault_of(self._seed, number))
        return Turn(request, self.handbook, provider, self._delays)

    def history(self, session: str | None) -> deque[Message]:
        """Returns the messages of a session; none without a session."""
        return self._sessions[session] if session else deque()


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server: ChatServer

    def do_GET(self) -> None:
        """Return the help."""
        self._respond(HTTPStatus.OK, HELP)

    def do_POST(self) -> None:
        """Stream an answer as server-sent events; an error before the first one is the status."""
        if self.path != "/chat":
            self._respond(HTTPStatus.NOT_FOUND, {"error": f"there is no {self.path}; POST to /chat"})
            return
        try:
            body = orjson.loads(self.rfile.read(self._body_bytes()))
            request = parse_question(body, self.server)
        except ValueError as error:
            self._respond(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        except TimeoutError:
            return  # the rest of the body did not come
        with suppress(OSError, StoppedError):  # the client left, or the server stops: the spans end as CANCELLED
            self._stream(request)

    def _body_bytes(self) -> int:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 <= length <= MAX_BODY_BYTES:
            raise QuestionError(f"the body may have {MAX_BODY_BYTES} bytes")
        return length

    def _stream(self, request: Request) -> None:
        text = ""
        with closing(self.server.turn(request).answer(request.question)) as pieces:
            try:
                for piece in pieces:
                    if not text:
                        self._start(HTTPStatus.OK, "text/event-stream")
                    text += piece
                    self._send_event({"text": piece})
                self._send_event({"done": True})
            except _ERRORS as error:
                content = {"error": f"{type(error).__name__}: {error}"}
                if text:
                    self._send_event(content)
                else:
                    self._respond(_STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR), content)
        history = self.server.history(request.session)
        history.extend([user(request.question), {"role": "assistant", "content": text or "(no answer)"}])

    def _respond(self, status: HTTPStatus, content: object) -> None:
        self._start(status, "application/json")
        self.wfile.write(orjson.dumps(content) + b"\n")

    def _start(self, status: HTTPStatus, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.end_headers()

    def _send_event(self, content: dict[str, Any]) -> None:
        self.wfile.write(b"data: %b\n\n" % orjson.dumps(content))

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the traces are the log."""


def parse_question(body: Any, server: ChatServer) -> Request:
    """Returns the request in a JSON body; raises QuestionError."""
    if not isinstance(body, dict) or not str(body.get("question", "")).strip():
        raise QuestionError('the body must be a JSON object with a "question"')
    texts = {name: body.get(name) for name in ("question", "session", "user")}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str | None)]:
        raise QuestionError(f"{wrong[0]!r} must be text")
    if (model := body.get("model", LARGE)) not in SENTENCES:
        raise QuestionError(f"there is no model {model!r}; there are {', '.join(SENTENCES)}")
    session = texts["session"]
    return Request(str(texts["question"]), session, texts["user"], model, tuple(server.history(session)))
