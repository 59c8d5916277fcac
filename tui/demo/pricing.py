"""The stand-in models of the demo: what they cost and how fast they write. The prices are made up."""

from __future__ import annotations

from dataclasses import dataclass

PROVIDER = "lantern"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One stand-in model. Prices are made-up US dollars per million tokens."""

    name: str
    input_price: float
    cached_price: float
    output_price: float
    wait_ms: float
    prefill_ms_per_token: float
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call costs, in US dollars."""

    input_usd: float
    output_usd: float

    @property
    def total_usd(self) -> float:
        """Input and output together."""
        return self.input_usd + self.output_usd


LARGE = ModelCard("lantern-large", 2.00, 0.20, 8.00, wait_ms=210, prefill_ms_per_token=0.45, tokens_per_s=52)
MINI = ModelCard("lantern-mini", 0.15, 0.015, 0.60, wait_ms=90, prefill_ms_per_token=0.15, tokens_per_s=76)
EMBED = ModelCard("lantern-embed", 0.02, 0.02, 0.0, wait_ms=14, prefill_ms_per_token=0.1, tokens_per_s=0)

MODELS = {card.name: card for card in (LARGE, MINI)}
"""The models that can chat, by name."""


def cost(card: ModelCard, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> Cost:
    """The cost of a call; `cached_tokens` are those of the input that came from the prompt cache."""
    paid = (input_tokens - cached_tokens) * card.input_price + cached_tokens * card.cached_price
    return Cost(paid / 1e6, output_tokens * card.output_price / 1e6)
