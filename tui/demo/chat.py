"""One turn of the chat: check, rewrite, find, compute, write. The shape of every trace of the demo."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ...tracer import SpanType, get_current_active_span, trace, update_current_trace
from . import mind
from .guardrails import groundedness, refusal
from .mind import Message
from .pace import Pace
from .pricing import LARGE, MINI
from .retrieval import Document, Librarian
from .toolbox import Toolbox, ToolResult
from .upstream import RateLimitedError, Upstream

ATTEMPTS = 3
"""How often an answer is asked for when the provider refuses with 429."""

RESEARCH_STEPS = 3
"""How often the research agent may ask for tools before it has to answer."""

HISTORY_MESSAGES = 8
"""How many earlier messages of the conversation the models are shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it came over HTTP."""

    question: str
    request_id: str = ""
    session: str | None = None
    user: str | None = None
    model: str = LARGE.name
    history: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class _Evidence:
    """What the answer is to be made of."""

    documents: list[Document] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def sources(self) -> list[str]:
        return [f"{document['title']}. {document['text']}" for document in self.documents] + self.results

    def add(self, results: Sequence[ToolResult]) -> None:
        known = {document["title"] for document in self.documents}
        for result in results:
            self.documents += [document for document in result.documents if document["title"] not in known]
            known |= {document["title"] for document in result.documents}
            self.results += [result.text] if result.text else []


class Turn:
    """One question on its way to an answer."""

    def __init__(self, asked: Asked, librarian: Librarian, upstream: Upstream, pace: Pace) -> None:
        self._asked = asked
        self._history = asked.history[-HISTORY_MESSAGES:]
        self._librarian = librarian
        self._toolbox = Toolbox(librarian)
        self._upstream = upstream
        self._pace = pace

    def answer(self) -> AsyncGenerator[str, None]:
        """The pieces of the answer, as the model makes them; errors of tools and of the provider are raised."""
        return self._answer(self._asked.question, self._asked.model)

    @trace(name="POST /chat", span_type=SpanType.CHAIN)
    async def _answer(self, question: str, model: str) -> AsyncGenerator[str, None]:
        update_current_trace(
            session_id=self._asked.session,
            user=self._asked.user,
            metadata={"request_id": self._asked.request_id},
            request_preview=question,
        )
        if span := get_current_active_span():
            span.set_attribute("gen_ai.request.model", model)
        if reason := refusal(question):
            update_current_trace(tags={"route": "refused"})
            yield f"I cannot take a question with a {reason} in it."
            return
        standalone = await self._rewrite(question)
        evidence = _Evidence()
        if mind.compares(standalone):
            update_current_trace(tags={"route": "research"})
            evidence = await self._research(standalone)
        else:
            with_tool = mind.wants_tool(standalone)
            update_current_trace(tags={"route": "tool" if with_tool else "lookup"})
            if with_tool:
                evidence.add(await self._toolbox.run(await self._choose_tools(standalone)))
            evidence.documents += await self._librarian.retrieve(standalone)
        pieces: list[str] = []
        async with aclosing(self._generate(model, self._prompt(standalone, evidence))) as stream:
            async for piece in stream:
                pieces.append(piece)
                yield piece
        if sources := evidence.sources():
            groundedness("".join(pieces), sources)

    @trace(name="rewrite question", span_type=SpanType.CHAIN)
    async def _rewrite(self, question: str) -> str:
        if not self._history:
            return question
        messages = [_system(mind.REWRITE), *self._history, _user(question)]
        return await self._upstream.complete(MINI.name, messages)

    async def _choose_tools(self, question: str) -> str:
        return await self._upstream.complete(MINI.name, [_system(mind.CHOOSE_TOOLS), _user(question)])

    @trace(name="research agent", span_type=SpanType.AGENT)
    async def _research(self, question: str) -> _Evidence:
        evidence = _Evidence()
        reply = await self._choose_tools(question)
        step = 0
        while reply != mind.NO_CALLS and step < RESEARCH_STEPS:
            step += 1
            results = await self._toolbox.run(reply)
            evidence.add(results)
            found = {result.query: [d["title"] for d in result.documents] for result in results if result.query}
            reply = await self._upstream.complete(MINI.name, [_system(mind.REFLECT), _user(mind.searches(found))])
        if span := get_current_active_span():
            span.set_attribute("agent.steps", step)
            span.set_outputs([document["title"] for document in evidence.documents])
        return evidence

    @trace(name="generate", span_type=SpanType.CHAIN)
    async def _generate(self, model: str, messages: list[Message]) -> AsyncGenerator[str, None]:
        span = get_current_active_span()
        for attempt in range(1, ATTEMPTS + 1):
            started = False
            try:
                async with aclosing(self._upstream.stream(model, messages)) as stream:
                    async for piece in stream:
                        started = True
                        yield piece
                return
            except RateLimitedError as refused:
                if started or attempt == ATTEMPTS:
                    raise
                if span:
                    span.add_event(
                        "retry", {"attempt": attempt, "wait_ms": refused.retry_after_ms, "why": str(refused)}
                    )
                await self._pace.wait(refused.retry_after_ms)

    def _prompt(self, question: str, evidence: _Evidence) -> list[Message]:
        passages = [(document["title"], document["text"]) for document in evidence.documents]
        content = mind.answer_prompt(question, passages, evidence.results)
        return [_system(mind.ANSWER), *self._history, _user(content)]


def _system(content: str) -> Message:
    return {"role": "system", "content": content}


def _user(content: str) -> Message:
    return {"role": "user", "content": content}
