"""The faults of the demo's upstream, dealt from a shuffled deck, so that every run shows each of them soon."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """What the upstream has in store for one request."""

    rate_limited: bool = False
    """The first call for the answer is refused with 429."""
    hangs: bool = False
    """The call for the answer never sends a token."""
    slowness: float = 1.0
    """How many times longer than usual the model takes."""


CALM = Fate()
DECK = (
    Fate(rate_limited=True),
    Fate(hangs=True),
    Fate(slowness=2.2),
    Fate(slowness=1.5),
    *(CALM,) * 8,
)
"""Twelve requests: one refused at first, one without an answer, two slow."""


def weather(seed: int) -> Iterator[Fate]:
    """Fates without end; each dozen holds the whole deck, and the first two are calm."""
    chance = random.Random(f"weather {seed}")
    yield from (CALM, CALM)
    while True:
        yield from chance.sample(DECK, len(DECK))
