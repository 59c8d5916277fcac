"""What the measured programs say: a small question and answer, and chat messages of a given size."""

from __future__ import annotations

import random

QUESTION = "Which of these documents tell how to measure time to first token, and what do they disagree about?"
ANSWER = "Two of them. The first counts from the request, the second from the first byte of the response body."

SPANS_PER_REQUEST = 2
SPANS_PER_CHAT = 4

_WORDS = [
    "the",
    "model",
    "answered",
    "with",
    "a",
    "list",
    "of",
    "documents",
    "that",
    "mention",
    "latency",
    "tokens",
    "cache",
    "streams",
    "naïve",
    "“quotes”",
    "and\ntools",
    '{"city":',
    '"Köln"}',
    "then",
    "retried",
    "after",
    "a",
    "timeout",
    "of",
    "30",
    "seconds",
    "because",
    "the",
    "provider",
    "was",
    "busy",
]


def messages(total_bytes: int, message_chars: int = 2_000) -> list[dict[str, str]]:
    """Chat messages whose contents come to about `total_bytes`, a multiple of four of them, no string shared."""
    chance = random.Random(total_bytes)
    count = max(4, round(total_bytes / message_chars / 4) * 4)
    return [
        {"role": ("user", "assistant")[number % 2], "content": _content(chance, total_bytes // count)}
        for number in range(count)
    ]


def _content(chance: random.Random, chars: int) -> str:
    text = ""
    while len(text) < chars:
        text += chance.choice(_WORDS) + " "
    return text[:chars]
