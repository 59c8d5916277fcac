"""The stand-in provider: delays, faults and token usage around `model.think`, in the shapes of OpenAI's API."""

from __future__ import annotations

import random
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...tracer import SpanType, trace
from .model import LARGE, MINI, Message, think
from .text import token_count, tokens

FIRST_TOKEN_DEADLINE_MS = 3_500
"""The chat gives a call up that has sent no token by then."""

TOKENS_PER_S = {LARGE: 52, MINI: 76}
FIRST_TOKEN_MS = {LARGE: 250, MINI: 100}
PROMPT_MS_PER_TOKEN = 0.3

_ATTRIBUTES = {"gen_ai.provider.name": "openai"}


class StoppedError(BaseException):
    """The server stops: every wait ends with this error. Its spans are CANCELLED, as it is no `Exception`."""


class RateLimitedError(Exception):
    """The provider answered 429; `retry_after_ms` is the delay it asks for."""

    def __init__(self, model: str, retry_after_ms: int) -> None:
        super().__init__(f"429 Too Many Requests: {model} asks for a pause of {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


class UpstreamTimeoutError(Exception):
    """The provider accepted the request and sent no token before the deadline."""


@dataclass(frozen=True)
class Delays:
    """Real delays, `speed` times shorter; setting `stopping` ends them all."""

    speed: float = 1.0
    stopping: threading.Event = field(default_factory=threading.Event)

    def wait(self, delay_ms: float) -> None:
        """Sleep for `delay_ms`, scaled; raises StoppedError."""
        if self.stopping.wait(max(delay_ms, 0.0) / 1000 / self.speed):
            raise StoppedError


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong at the provider during one request."""

    rate_limited: bool = False
    """The first call for the answer is refused with 429."""
    hangs: bool = False
    """The call for the answer sends no token."""
    slowness: float = 1.0
    """How many times longer than usual the model takes."""


FAULTS = (Fault(rate_limited=True), Fault(hangs=True), Fault(slowness=2.2), Fault(slowness=1.5), *(Fault(),) * 8)
"""Of twelve requests one is refused at first, one gets no answer, two are slow."""

REQUESTS_WITHOUT_FAULT = 2


def fault_of(seed: int, number: int) -> Fault:
    """Returns the fault of a request, numbered from 0: each dozen has all of `FAULTS`, in an order of its own."""
    number -= REQUESTS_WITHOUT_FAULT
    if number < 0:
        return Fault()
    dozen, place = divmod(number, len(FAULTS))
    return random.Random(f"faults {seed} {dozen}").sample(FAULTS, len(FAULTS))[place]


class Provider:
    """The provider as one request sees it, with a fault and a random generator of its own."""

    def __init__(self, delays: Delays, chance: random.Random, fault: Fault) -> None:
        self._delays = delays
        self._chance = chance
        self._fault = fault
        self._refuses = fault.rate_limited

    @trace(name="chat.completions", span_type=SpanType.LLM, attributes=_ATTRIBUTES)
    def complete(self, model: str, messages: Sequence[Message]) -> dict[str, Any]:
        """Returns a whole response."""
        message = think(model, messages)
        written = token_count([str(message["content"] or message["tool_calls"])])
        self._delays.wait(self._first_token_ms(model, messages) + written * self._token_ms(model))
        reason = "tool_calls" if message.get("tool_calls") else "stop"
        return {
            "object": "chat.completion",
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": _usage(messages, written),
        }

    @trace(name="chat.completions.stream", span_type=SpanType.LLM, attributes=_ATTRIBUTES)
    def stream(self, model: str, messages: Sequence[Message]) -> Generator[dict[str, Any], None, None]:
        """Yields the chunks of a response, one token each; the last has the usage.

        Raises RateLimitedError at once, or UpstreamTimeoutError when no token came before the deadline.
        """
        if self._refuses:
            self._refuses = False
            self._delays.wait(self._chance.uniform(30, 70))
            raise RateLimitedError(model, self._chance.randrange(400, 900, 50))
        if self._fault.hangs:
            self._delays.wait(FIRST_TOKEN_DEADLINE_MS)
            raise UpstreamTimeoutError(f"{model} sent no token within {FIRST_TOKEN_DEADLINE_MS} ms")
        self._delays.wait(self._first_token_ms(model, messages))
        pieces = tokens(think(model, messages)["content"])
        for piece in pieces:
            yield _chunk(model, {"content": piece})
            self._delays.wait(self._token_ms(model) * self._chance.lognormvariate(-0.08, 0.4))
        yield {**_chunk(model, {}, "stop"), "usage": _usage(messages, len(pieces))}

    def _first_token_ms(self, model: str, messages: Sequence[Message]) -> float:
        queue_ms = self._chance.expovariate(3 / FIRST_TOKEN_MS[model])
        prompt_ms = PROMPT_MS_PER_TOKEN * _prompt_tokens(messages)
        return (FIRST_TOKEN_MS[model] + queue_ms + prompt_ms) * self._fault.slowness

    def _token_ms(self, model: str) -> float:
        return 1000 / TOKENS_PER_S[model] * self._fault.slowness


def _prompt_tokens(messages: Sequence[Message]) -> int:
    return token_count(str(message["content"]) for message in messages)


def _usage(messages: Sequence[Message], completion_tokens: int) -> dict[str, int]:
    prompt_tokens = _prompt_tokens(messages)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _chunk(model: str, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"object": "chat.completion.chunk", "model": model, "choices": [choice]}
