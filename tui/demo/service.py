"""The HTTP face of the chat: one route that streams, its errors, and a line of help."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import orjson

from .chat import Asked, Turn
from .http_server import Exchange
from .mind import Message
from .pace import Pace
from .pricing import LARGE, MODELS
from .prompt_cache import PromptCache
from .retrieval import Librarian
from .upstream import RateLimitedError, Upstream, UpstreamTimeoutError
from .weather import weather

MAX_QUESTION_CHARS = 4_000
EVENT_STREAM = "text/event-stream"

HELP = {
    "service": "the chat server of `tracetui demo`",
    "ask": """curl -N 127.0.0.1:PORT/chat -d '{"question": "What is time to first token?"}'""",
    "models": list(MODELS),
}


class QuestionError(ValueError):
    """The body of a request is not a question; the message says what is wrong with it."""


class ChatService:
    """Answers POST /chat with a stream of server-sent events; needs a running event loop."""

    def __init__(self, seed: int, pace: Pace) -> None:
        self._seed = seed
        self._pace = pace
        self._cache = PromptCache()
        self._weather = weather(seed)
        self._librarian = Librarian(pace)

    async def handle(self, exchange: Exchange) -> None:
        """Serve one request."""
        match exchange.request.path, exchange.request.method:
            case "/chat", "POST":
                await self._chat(exchange)
            case "/chat", method:
                await exchange.respond(HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"/chat takes POST, not {method}"})
            case "/", "GET" | "HEAD":
                await exchange.respond(HTTPStatus.OK, HELP)
            case path, _:
                await exchange.respond(HTTPStatus.NOT_FOUND, {"error": f"there is no {path}; POST to /chat"})

    async def _chat(self, exchange: Exchange) -> None:
        try:
            asked = parse_question(exchange.request.body)
        except QuestionError as error:
            await exchange.respond(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        # Each request has its own chance, so that its course does not depend on who else is there.
        chance = random.Random(f"{self._seed} {asked.request_id or asked.question}")
        upstream = Upstream(self._pace, self._cache, chance, next(self._weather))
        turn = Turn(asked, self._librarian, upstream, self._pace)
        async with aclosing(turn.answer()) as pieces:
            await _stream(exchange, pieces)


async def _stream(exchange: Exchange, pieces: AsyncGenerator[str, None]) -> None:
    try:
        async for piece in pieces:
            await exchange.send(_event({"text": piece}), EVENT_STREAM)
        await exchange.send(_event({"done": True}), EVENT_STREAM)
        await exchange.finish()
    except (RateLimitedError, UpstreamTimeoutError, ArithmeticError, LookupError, SyntaxError, ValueError) as error:
        status = _status(error)
        content = {"error": f"{type(error).__name__}: {error}"}
        if exchange.started:
            await exchange.send(_event(content), EVENT_STREAM)
            await exchange.finish()
        else:
            await exchange.respond(status, content)


def parse_question(body: bytes) -> Asked:
    """The question in a JSON body; raises QuestionError."""
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise QuestionError(f"the body is not JSON: {error}") from error
    if not isinstance(given, dict) or not isinstance(given.get("question"), str) or not given["question"].strip():
        raise QuestionError('the body must be a JSON object with a "question"')
    if len(given["question"]) > MAX_QUESTION_CHARS:
        raise QuestionError(f"a question may have {MAX_QUESTION_CHARS} characters")
    model = given.get("model", LARGE.name)
    if model not in MODELS:
        raise QuestionError(f"there is no model {model!r}; there are {', '.join(MODELS)}")
    texts: dict[str, str | None] = {name: given.get(name) for name in ("session", "user", "request_id")}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str | None)]:
        raise QuestionError(f"{wrong[0]!r} must be text")
    return Asked(
        question=given["question"],
        request_id=texts["request_id"] or "",
        session=texts["session"],
        user=texts["user"],
        model=model,
        history=_history(given.get("history", [])),
    )


def _history(given: object) -> list[Message]:
    if not isinstance(given, list):
        raise QuestionError("'history' must be a list of messages")
    for message in given:
        if not (
            isinstance(message, dict)
            and message.get("role") in ("user", "assistant")
            and isinstance(message.get("content"), str)
        ):
            raise QuestionError("a message of 'history' has a 'role', user or assistant, and a 'content' of text")
    return [{"role": message["role"], "content": message["content"]} for message in given]


def _status(error: Exception) -> HTTPStatus:
    match error:
        case RateLimitedError():
            return HTTPStatus.TOO_MANY_REQUESTS
        case UpstreamTimeoutError():
            return HTTPStatus.GATEWAY_TIMEOUT
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR


def _event(content: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(content)
