"""Real retrieval over the handbook: BM25 by SQLite's FTS5, then a second look by TF-IDF vectors."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from sqlite_utils import Database
from sqlite_utils.db import Table

from .language import subject_words, terms
from .passages import Passage

DIMENSIONS = 256
"""Length of a vector: enough for the thousand terms of a small handbook to collide rarely."""

Vector = list[float]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with its BM25 score and, after reranking, its final score; both: larger is better."""

    passage: Passage
    bm25: float
    score: float


class PassageIndex:
    """The searchable handbook, in memory. One thread at a time."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self.passages = list(passages)
        self._by_id = {passage.id: passage for passage in self.passages}
        self._table = _full_text(self.passages)
        found_in = Counter(term for p in self.passages for term in set(terms(f"{p.title} {p.text}")))
        self._weights = {term: math.log((1 + len(self.passages)) / (1 + count)) for term, count in found_in.items()}
        self.term_count = len(self._weights)
        self._vectors = {p.id: self.embed(f"{p.title} {p.title} {p.text}") for p in self.passages}

    def search(self, question: str, limit: int) -> list[Hit]:
        """The passages that share words with the question, best BM25 first; empty when there is none."""
        words = dict.fromkeys(subject_words(question))
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        rows = self._table.search(query, columns=["id"], limit=limit, include_rank=True)
        # FTS5 gives better matches the smaller, negative number.
        return [Hit(self._by_id[row["id"]], -row["rank"], -row["rank"]) for row in rows]

    def embed(self, text: str) -> Vector:
        """The TF-IDF weights of the text's terms, hashed into a vector of length 1; all zeros when no term is known."""
        vector = [0.0] * DIMENSIONS
        for term, count in Counter(terms(text)).items():
            hashed = crc32(term.encode())
            sign = 1.0 if hashed & 0x10000 else -1.0  # a sign lets colliding terms cancel out instead of adding up
            vector[hashed % DIMENSIONS] += sign * (1 + math.log(count)) * self._weights.get(term, 0.0)
        length = math.hypot(*vector)
        return [weight / length for weight in vector] if length else vector

    def rerank(self, question: Vector, hits: list[Hit], limit: int) -> list[Hit]:
        """The best hits, ordered by the mean of the cosine to the question and of the BM25 score, from 0 to 1."""
        best = max((hit.bm25 for hit in hits), default=1.0) or 1.0
        scored = (
            Hit(hit.passage, hit.bm25, (cosine(question, self._vectors[hit.passage.id]) + hit.bm25 / best) / 2)
            for hit in hits
        )
        return sorted(scored, key=lambda hit: -hit.score)[:limit]


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def _full_text(passages: list[Passage]) -> Table:
    # The index is built in a thread at the start and read from the event loop afterwards.
    database = Database(sqlite3.connect(":memory:", check_same_thread=False))
    table = database.table("passage")
    table.insert_all(({"id": p.id, "title": p.title, "section": p.section, "text": p.text} for p in passages), pk="id")
    table.enable_fts(["title", "section", "text"], tokenize="porter")
    # A word of the title says more about the subject than one of the text.
    database.execute("INSERT INTO passage_fts (passage_fts, rank) VALUES ('rank', 'bm25(3.0, 0.5, 1.0)')")
    return table
