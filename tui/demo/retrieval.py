"""The traced way from a question to its passages: embed, search, rerank."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypedDict

from ...tracer import SpanType, get_current_active_span, start_span, trace
from .language import token_count
from .pace import Pace
from .pricing import EMBED, PROVIDER, cost

if TYPE_CHECKING:
    from .search import Hit, PassageIndex, Vector

CANDIDATES = 12
"""How many passages the first search hands to the reranker."""


class Document(TypedDict):
    """A passage that was found, as it stands in the trace."""

    title: str
    section: str
    score: float
    text: str


class Librarian:
    """Finds passages in the handbook, which is indexed while the first request is already on its way."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._index: asyncio.Task[PassageIndex] = asyncio.create_task(asyncio.to_thread(index_handbook))

    @trace(span_type=SpanType.RETRIEVER)
    async def retrieve(self, question: str, limit: int = 3) -> list[Document]:
        """The passages that bear most on the question, the best first; empty when no word of it is in the handbook."""
        index = await asyncio.shield(self._index)
        vector = await self._embed(index, question)
        with start_span(name="bm25 search", span_type=SpanType.RETRIEVER) as span:
            span.set_inputs({"query": question, "limit": CANDIDATES})
            hits = index.search(question, CANDIDATES)
            span.set_outputs([{"title": hit.passage.title, "bm25": round(hit.bm25, 3)} for hit in hits])
        with start_span(name="rerank", span_type=SpanType.RERANKER) as span:
            span.set_inputs({"candidates": [hit.passage.title for hit in hits], "limit": limit})
            best = index.rerank(vector, hits, limit)
            span.set_attribute("rerank.changed_order", best != hits[: len(best)])
            span.set_outputs([_document(hit) for hit in best])
        return [_document(hit) for hit in best]

    async def _embed(self, index: PassageIndex, text: str) -> Vector:
        with start_span(name="embed", span_type=SpanType.EMBEDDING) as span:
            span.set_inputs(text)
            input_tokens = token_count([text])
            await self._pace.wait(EMBED.wait_ms + EMBED.prefill_ms_per_token * input_tokens)
            vector = index.embed(text)
            span.set_attributes(
                {
                    "gen_ai.operation.name": "embeddings",
                    "gen_ai.provider.name": PROVIDER,
                    "gen_ai.request.model": EMBED.name,
                    "gen_ai.usage.input_tokens": input_tokens,
                    "gen_ai.embeddings.dimension.count": len(vector),
                    "llm.cost.total": cost(EMBED, input_tokens, 0).total_usd,
                }
            )
            known = {place: round(weight, 4) for place, weight in enumerate(vector) if weight}
            span.set_outputs({"nonzero": len(known), "weights": known})
        return vector


@trace(name="index handbook", span_type=SpanType.TASK)
def index_handbook() -> PassageIndex:
    """Read and index the handbook; the first trace of every run."""
    # Imported in this thread and not before the server listens: sqlite-utils takes longer than all the rest.
    from .passages import handbook
    from .search import DIMENSIONS, PassageIndex

    root = get_current_active_span()
    if root:
        root.set_inputs({"file": "handbook.md"})
    with start_span(name="read passages", span_type=SpanType.PARSER) as span:
        passages = handbook()
        span.set_outputs({"passages": len(passages), "tokens": token_count(p.text for p in passages)})
    with start_span(name="index passages", span_type=SpanType.TASK) as span:
        span.set_attributes({"index.engine": "SQLite FTS5", "index.dimensions": DIMENSIONS})
        index = PassageIndex(passages)
        span.set_outputs({"passages": len(passages), "terms": index.term_count})
    if root:
        root.set_outputs([passage.title for passage in passages])
    return index


def _document(hit: Hit) -> Document:
    passage = hit.passage
    return Document(title=passage.title, section=passage.section, score=round(hit.score, 3), text=passage.text)
