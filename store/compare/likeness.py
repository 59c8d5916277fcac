"""How much alike two texts are: whether they are equal, and how many of their words they share."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NamedTuple

WORDS_OF_CHARS = 4_000
"""Words are taken from the beginning of a text of this length: enough to tell arguments and questions apart."""

_WORD = re.compile(r"\w+")


class Likeness(NamedTuple):
    """What is kept of a text for comparisons."""

    digest: bytes
    words: frozenset[str]


ABSENT = Likeness(b"", frozenset())
"""There is no text."""


def likeness_of(text: str | None, *, with_words: bool = True) -> Likeness:
    """Return what is kept of `text`; without its words it can only be equal to another text, or not."""
    if text is None:
        return ABSENT
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return Likeness(digest, frozenset(_WORD.findall(text[:WORDS_OF_CHARS])) if with_words else frozenset())


def similarity(one: Likeness, other: Likeness) -> float:
    """Return 1 for equal texts, otherwise the share of their words that both have (Jaccard index), below 1."""
    if one.digest == other.digest:
        return 1.0
    both = len(one.words & other.words)
    if not both:
        return 0.0
    share = both / (len(one.words) + len(other.words) - both)
    return share if share < 0.99 else 0.99
