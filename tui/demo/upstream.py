"""The stand-in provider: waits, limits, token counts and prices around what `mind` thinks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from ...tracer import SpanType, get_current_active_span, trace
from .language import token_count, tokens
from .mind import Message, think
from .pace import Pace
from .pricing import MODELS, PROVIDER, ModelCard, cost
from .prompt_cache import PromptCache
from .weather import Fate

FIRST_TOKEN_DEADLINE_MS = 3_500
"""How long the chat waits for a first token before it gives the call up."""


class RateLimitedError(Exception):
    """The provider answered 429; `retry_after_ms` is the wait it asks for."""

    def __init__(self, model: str, retry_after_ms: int) -> None:
        super().__init__(f"429 Too Many Requests: {model} asks for a pause of {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


class UpstreamTimeoutError(Exception):
    """The provider took the request and sent no token before the deadline."""


class Upstream:
    """The provider as one request meets it: its own chance and fate, the prompt cache shared with all."""

    def __init__(self, pace: Pace, cache: PromptCache, chance: random.Random, fate: Fate) -> None:
        self._pace = pace
        self._cache = cache
        self._chance = chance
        self._slowness = fate.slowness
        self._hangs = fate.hangs
        self._refusals = int(fate.rate_limited)

    @trace(name="lantern.chat", span_type=SpanType.LLM)
    async def complete(self, model: str, messages: Sequence[Message], temperature: float = 0.0) -> str:
        """The whole text of a short answer."""
        card = MODELS[model]
        cached_tokens = self._take(card, messages, temperature, stream=False)
        text = think(model, messages)
        count = len(tokens(text))
        wait_ms = self._first_token_ms(card, messages, cached_tokens)
        await self._pace.wait(wait_ms + count * 1000 / card.tokens_per_s * self._slowness)
        self._settle(card, messages, cached_tokens, count)
        return text

    @trace(name="lantern.chat.stream", span_type=SpanType.LLM)
    async def stream(
        self, model: str, messages: Sequence[Message], temperature: float = 0.3
    ) -> AsyncGenerator[str, None]:
        """The pieces of an answer, one token each, as they are made.

        Raises RateLimitedError at once, or UpstreamTimeoutError when no token came before the deadline.
        """
        card = MODELS[model]
        cached_tokens = self._take(card, messages, temperature, stream=True)
        if self._refusals:
            self._refusals -= 1
            await self._pace.wait(self._chance.uniform(30, 70))
            raise RateLimitedError(model, self._chance.randrange(400, 900, 50))
        try:
            await asyncio.wait_for(
                self._first_token(card, messages, cached_tokens), self._pace.seconds(FIRST_TOKEN_DEADLINE_MS)
            )
        except TimeoutError as error:
            raise UpstreamTimeoutError(f"{model} sent no token within {FIRST_TOKEN_DEADLINE_MS} ms") from error
        pieces = tokens(think(model, messages))
        gap_ms = 1000 / card.tokens_per_s * self._slowness
        for number, piece in enumerate(pieces):
            if number:
                await self._pace.wait(gap_ms * self._chance.lognormvariate(-0.08, 0.4))
            yield piece
        self._settle(card, messages, cached_tokens, len(pieces))

    async def _first_token(self, card: ModelCard, messages: Sequence[Message], cached_tokens: int) -> None:
        if self._hangs:
            await asyncio.Event().wait()
        await self._pace.wait(self._first_token_ms(card, messages, cached_tokens))

    def _first_token_ms(self, card: ModelCard, messages: Sequence[Message], cached_tokens: int) -> float:
        fresh_tokens = token_count(message["content"] for message in messages) - cached_tokens
        queue_ms = self._chance.expovariate(1 / (card.wait_ms / 3))
        return (card.wait_ms + queue_ms + card.prefill_ms_per_token * fresh_tokens) * self._slowness

    def _take(self, card: ModelCard, messages: Sequence[Message], temperature: float, *, stream: bool) -> int:
        """Describe the request on its span; returns how many of its tokens come from the prompt cache."""
        _describe(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": PROVIDER,
                "gen_ai.request.model": card.name,
                "gen_ai.request.temperature": temperature,
                "gen_ai.request.stream": stream,
            }
        )
        return self._cache.read([piece for message in messages for piece in tokens(message["content"])])

    def _settle(self, card: ModelCard, messages: Sequence[Message], cached_tokens: int, output_tokens: int) -> None:
        """Write the usage and the cost of a finished call on its span."""
        input_tokens = token_count(message["content"] for message in messages)
        price = cost(card, input_tokens, output_tokens, cached_tokens)
        _describe(
            {
                "gen_ai.response.model": f"{card.name}-2026-09",
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.usage.input_tokens": input_tokens,
                "gen_ai.usage.output_tokens": output_tokens,
                "gen_ai.usage.cache_read.input_tokens": cached_tokens,
                "llm.cost.prompt": price.input_usd,
                "llm.cost.completion": price.output_usd,
                "llm.cost.total": price.total_usd,
            }
        )


def _describe(attributes: dict[str, Any]) -> None:
    if span := get_current_active_span():
        span.set_attributes(attributes)
