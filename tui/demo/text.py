"""Splits text into tokens (billed), terms (searched) and sentences (quoted)."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"\s*(?:[^\W\d_]{1,6}|\d{1,3}|[^\w\s]|_)|\s+")
_WORD = re.compile(r"[a-z0-9][a-z0-9_.]*[a-z0-9]|[a-z0-9]")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z])")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e")

STOP_WORDS = frozenset(
    _WORD.findall(
        "a about again all also am an and any are as at be because been but by can come comes could did do does for"
        " from give got had has have how i if in into is it its just let me more most much my no not of on one only"
        " or other our over please right said same say shall should show so some sorry such tell than that the their"
        " them then there these they this those to too up us use used using very was way we were what when where"
        " which while who why will with work works would you your"
    )
)
"""English words that carry no subject."""


def tokens(text: str) -> list[str]:
    """Returns pieces of at most six letters or three digits, each with the space before it.

    Joined, the pieces are the text. A piece of English has about four characters, as with real tokenizers.
    """
    return _TOKEN.findall(text)


def token_count(texts: Iterable[str]) -> int:
    """Returns the number of tokens of these texts."""
    return sum(len(tokens(text)) for text in texts)


def subject_words(text: str) -> list[str]:
    """Returns the words of the text that are not stop words, in lower case."""
    return [word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS]


def terms(text: str) -> list[str]:
    """Returns the subject words without common endings, so that `cache` and `caching` are equal."""
    return [_stem(word) for word in subject_words(text)]


def sentences(text: str) -> list[str]:
    """Returns the sentences of one paragraph."""
    return _SENTENCE_END.split(text.strip()) if text.strip() else []


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
