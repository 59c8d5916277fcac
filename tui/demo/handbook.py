"""The handbook of the demo: full-text search by SQLite, each step traced."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, TypedDict

from ...tracer import SpanType, get_current_active_span, start_span, trace
from .text import subject_words, terms, token_count

if TYPE_CHECKING:
    from sqlite_utils.db import Table

CANDIDATES = 12
"""Passages that the search passes to the reranker."""


class Passage(TypedDict):
    """A few sentences on one subject. The title is unique in the handbook."""

    title: str
    section: str
    text: str
    score: float


class Handbook:
    """Finds passages. A thread builds the index while the server already accepts requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        executor = ThreadPoolExecutor(1, "index")
        self._index = executor.submit(build_index)
        executor.shutdown(wait=False)

    def close(self) -> None:
        """Close the index."""
        self._index.result().db.close()

    @trace(span_type=SpanType.RETRIEVER)
    def retrieve(self, question: str, limit: int = 3) -> list[Passage]:
        """Returns the most relevant passages, best first; none when no word of the question is in the handbook."""
        return rerank(question, self.search(question), limit)

    @trace(name="full-text search", span_type=SpanType.RETRIEVER)
    def search(self, question: str) -> list[Passage]:
        """Returns the passages that share a word with the question, by BM25, best first."""
        words = dict.fromkeys(subject_words(question))
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        with self._lock:  # one connection, many threads
            rows = list(self._index.result().search(query, limit=CANDIDATES, include_rank=True))
        # FTS5 ranks a better match by a smaller, negative number.
        return [
            Passage(title=row["title"], section=row["section"], text=row["text"], score=-row["rank"]) for row in rows
        ]


@trace(span_type=SpanType.RERANKER)
def rerank(question: str, candidates: list[Passage], limit: int) -> list[Passage]:
    """Returns the best candidates by BM25 and by the share of the question's terms that they contain, from 0 to 1."""
    asked = set(terms(question))
    best_score = max((passage["score"] for passage in candidates), default=1.0) or 1.0
    scored: list[Passage] = []
    for passage in candidates:
        shared = asked & set(terms(f"{passage['title']} {passage['text']}"))
        score = (len(shared) / max(len(asked), 1) + passage["score"] / best_score) / 2
        scored.append({**passage, "score": round(score, 3)})
    return sorted(scored, key=lambda passage: -passage["score"])[:limit]


@trace(name="index handbook", span_type=SpanType.TASK)
def build_index() -> Table:
    """Read and index the handbook: the first trace of every run."""
    # Imported by this thread, after the server listens: sqlite-utils takes longer than all other imports.
    from sqlite_utils import Database

    with start_span(name="read passages", span_type=SpanType.PARSER) as span:
        passages = parse(files(__package__).joinpath("handbook.md").read_text(encoding="utf-8"))
        span.set_outputs({"passages": len(passages), "tokens": token_count(p["text"] for p in passages)})
    with start_span(name="index passages", span_type=SpanType.TASK) as span:
        span.set_attribute("index.engine", "SQLite FTS5")
        database = Database(sqlite3.connect(":memory:", check_same_thread=False))
        table = database.table("passage")
        table.insert_all({name: p[name] for name in ("title", "section", "text")} for p in passages)
        table.enable_fts(["title", "section", "text"], tokenize="porter")
        # A word of the title says more about the subject than a word of the text.
        database.execute("INSERT INTO passage_fts (passage_fts, rank) VALUES ('rank', 'bm25(3.0, 0.5, 1.0)')")
    if root := get_current_active_span():
        root.set_outputs([passage["title"] for passage in passages])
    return table


def parse(markdown: str) -> list[Passage]:
    """Returns the passages of a text: the line below each `###` title, in the section of the last `##` heading."""
    passages: list[Passage] = []
    section = title = ""
    for line in markdown.splitlines():
        if line.startswith("## "):
            section, title = line[3:].strip(), ""
        elif line.startswith("### "):
            title = line[4:].strip()
        elif line.strip() and title:
            passages.append(Passage(title=title, section=section, text=line.strip(), score=0.0))
            title = ""
    return passages
