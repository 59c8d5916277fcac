"""Make a text fit a number of tokens: long values are cut first, then whole sections are left out, and both is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

BYTES_PER_TOKEN = 4
"""A rule of thumb for English and for code; a model counts up to a third more or less."""

LIMITS_CHARS = (100_000, 30_000, 10_000, 4_000, 2_000, 1_000, 500, 250, 120)
"""The lengths to which values are cut, one after the other."""

_HEAD_SHARE = 0.7
"""What is kept of a value: so much of its beginning, the rest of its end, where an error says what it was."""


class Passage(NamedTuple):
    """A piece of a section."""

    head: str
    """Lines that are kept as they are."""
    body: str = ""
    """A text that may be cut."""
    quote: str = ""
    """What stands before each line of the body."""
    fence: str | None = None
    """The language of the fence around the body; None for no fence."""


class Section(NamedTuple):
    """A part that is kept or left out as a whole."""

    name: str
    rank: int
    """Sections of a higher rank are left out first; 0 is always kept."""
    passages: Sequence[Passage]


def token_count(text: str) -> int:
    """Return about how many tokens a text has."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def fitted(sections: Iterable[Section], max_tokens: int | None) -> str:
    """Return the text of the sections, of at most about `max_tokens`; None for no limit.

    The sections of rank 0 and the notes about what was left out may exceed a very small number.
    """
    parts = list(sections)
    if max_tokens is None:
        return _joined([_text(part, None) for part in parts])
    for limit in (None, *LIMITS_CHARS):
        texts = [_text(part, limit) for part in parts]
        costs = [token_count(text) + 1 for text in texts]
        if sum(costs) <= max_tokens:
            return _joined(texts)
    kept = {index for index, part in enumerate(parts) if part.rank == 0}
    left = max_tokens - sum(costs[index] for index in kept) - _NOTE_TOKENS
    for index in sorted((i for i, part in enumerate(parts) if part.rank), key=lambda i: (parts[i].rank, i)):
        if costs[index] <= left:
            kept.add(index)
            left -= costs[index]
    return _joined(_with_notes(parts, texts, kept))


_NOTE_TOKENS = 30
"""Kept free for the notes."""


def cut_middle(text: str, limit_chars: int | None) -> str:
    """Return the beginning and the end of a text, about `limit_chars`, with the number of characters left out."""
    if limit_chars is None or len(text) <= limit_chars + 40:
        return text
    head = int(limit_chars * _HEAD_SHARE)
    tail = limit_chars - head
    return f"{text[:head]} [… {len(text) - limit_chars:,} characters left out …] {text[len(text) - tail :]}"


def _text(section: Section, limit_chars: int | None) -> str:
    return "\n\n".join(_passage(passage, limit_chars) for passage in section.passages)


def _passage(passage: Passage, limit_chars: int | None) -> str:
    if not passage.body:
        return passage.head
    body = cut_middle(passage.body, limit_chars)
    if passage.fence is not None:
        marks = "```"
        while marks in body:
            marks += "`"
        body = f"{marks}{passage.fence}\n{body}\n{marks}"
    if passage.quote:
        body = "\n".join((passage.quote + line).rstrip() for line in body.split("\n"))
    return f"{passage.head}\n{body}" if passage.head else body


def _with_notes(sections: Sequence[Section], texts: Sequence[str], kept: set[int]) -> list[str]:
    noted: list[str] = []
    gap: Counter[str] = Counter()
    for index, section in enumerate(sections):
        if index not in kept:
            gap[section.name] += 1
            continue
        noted += [_note(gap)] if gap else []
        gap.clear()
        noted.append(texts[index])
    return noted + ([_note(gap)] if gap else [])


def _note(gap: Counter[str]) -> str:
    named = [name if number == 1 else f"{number} x {name}" for name, number in gap.most_common(3)]
    more = ", …" if len(gap) > 3 else ""
    return f"[… {gap.total():,} span{'' if gap.total() == 1 else 's'} left out: {', '.join(named)}{more}]"


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text) + "\n"
