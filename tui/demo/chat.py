"""One turn of the chat: check, rewrite, call tools, retrieve, answer. The shape of every trace of the demo."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from ...tracer import SpanType, get_current_active_span, trace, update_current_trace
from . import model, tools
from .handbook import Handbook, Passage
from .model import LARGE, MINI, Message, system, user
from .provider import Delays, Provider, RateLimitedError
from .text import sentences, terms

ATTEMPTS = 3
"""Calls for one answer while the provider refuses with 429."""

RESEARCH_STEPS = 3
"""The most rounds of tool calls for one question."""

SUPPORTED_SHARE = 0.6
"""A sentence is grounded when the sources contain this share of its terms."""

_FORBIDDEN = {
    "prompt injection": re.compile(r"\b(?:ignore|forget|disregard)\b.{0,30}\b(?:instructions?|rules|prompt)\b", re.I),
    "e-mail address": re.compile(r"\b[\w.+-]+@[\w-]+\.\w{2,}\b"),
    "card number": re.compile(r"\b(?:\d[ -]?){13,16}\b"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """A question as it came over HTTP, with the earlier messages of its session."""

    question: str
    session: str | None = None
    user: str | None = None
    model: str = LARGE
    history: Sequence[Message] = ()


@dataclass(slots=True)
class _Evidence:
    """What the answer is made of."""

    passages: list[Passage] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def add(self, passages: Sequence[Passage]) -> None:
        known = {passage["title"] for passage in self.passages}
        self.passages += [passage for passage in passages if passage["title"] not in known]


class Turn:
    """One question on its way to an answer."""

    def __init__(self, request: Request, handbook: Handbook, provider: Provider, delays: Delays) -> None:
        self._request = request
        self._handbook = handbook
        self._provider = provider
        self._delays = delays
        self._tools: dict[str, tools.Tool] = {
            "calculator": tools.calculator,
            "clock": tools.clock,
            "convert": tools.convert,
            "search_handbook": lambda query: handbook.retrieve(query, limit=2),
        }

    @trace(name="POST /chat", span_type=SpanType.CHAIN)
    def answer(self, question: str) -> Generator[str, None, None]:
        """Yields the pieces of the answer; raises the errors of tools and of the provider."""
        update_current_trace(session_id=self._request.session, user=self._request.user)
        if reason := check_question(question):
            update_current_trace(tags={"route": "refused"})
            yield f"I cannot take a question with a {reason} in it."
            return
        question = self._rewrite(question)
        evidence = _Evidence()
        if model.compares(question):
            update_current_trace(tags={"route": "research"})
            self._call_tools(question, evidence)
        else:
            needs_tool = model.wants_tool(question)
            update_current_trace(tags={"route": "tool" if needs_tool else "lookup"})
            if needs_tool:
                self._call_tools(question, evidence)
            evidence.add(self._handbook.retrieve(question))
        passages = [(passage["title"], passage["text"]) for passage in evidence.passages]
        prompt = user(model.answer_prompt(question, passages, evidence.results))
        pieces: list[str] = []
        with closing(self._generate([system(model.ANSWER), *self._request.history, prompt])) as stream:
            for piece in stream:
                pieces.append(piece)
                yield piece
        if sources := [f"{title}. {text}" for title, text in passages] + evidence.results:
            check_grounding("".join(pieces), sources)

    @trace(name="rewrite question", span_type=SpanType.CHAIN)
    def _rewrite(self, question: str) -> str:
        if not self._request.history:
            return question
        messages = [system(model.REWRITE), *self._request.history, user(question)]
        return str(_message(self._provider.complete(MINI, messages))["content"])

    @trace(name="tool agent", span_type=SpanType.AGENT)
    def _call_tools(self, question: str, evidence: _Evidence) -> list[str]:
        messages = [system(model.CALL_TOOLS), user(question)]
        for step in range(1, RESEARCH_STEPS + 1):
            message = _message(self._provider.complete(MINI, messages))
            if not (calls := message.get("tool_calls")):
                break
            if span := get_current_active_span():
                span.set_attribute("agent.steps", step)
            results = tools.run_tools(calls, self._tools)
            messages.append(message)
            for call, result in zip(calls, results, strict=True):
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)})
                if isinstance(result, list):
                    evidence.add(result)
                else:
                    evidence.results.append(_told(call["function"], result))
        return evidence.results + [passage["title"] for passage in evidence.passages]

    @trace(name="generate", span_type=SpanType.CHAIN)
    def _generate(self, messages: list[Message]) -> Generator[str, None, None]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with closing(self._provider.stream(self._request.model, messages)) as chunks:
                    for chunk in chunks:
                        if text := chunk["choices"][0]["delta"].get("content"):
                            yield text
                return
            except RateLimitedError as refused:
                if attempt == ATTEMPTS:
                    raise
                if span := get_current_active_span():
                    span.add_event("retry", {"attempt": attempt, "wait_ms": refused.retry_after_ms})
                self._delays.wait(refused.retry_after_ms)


@trace(name="check question", span_type=SpanType.GUARDRAIL)
def check_question(question: str) -> str | None:
    """Returns the reason why the question must not reach a model, or None."""
    return next((name for name, pattern in _FORBIDDEN.items() if pattern.search(question)), None)


@trace(name="check grounding", span_type=SpanType.EVALUATOR)
def check_grounding(answer: str, sources: Sequence[str]) -> float:
    """Returns the share of the answer's sentences that the sources support, from 0 to 1."""
    known = {term for source in sources for term in terms(source)}
    claims = [set(terms(sentence)) for paragraph in answer.split("\n\n") for sentence in sentences(paragraph)]
    supported = sum(len(claim & known) >= SUPPORTED_SHARE * len(claim) for claim in claims)
    return round(supported / max(len(claims), 1), 3)


def _message(response: dict[str, Any]) -> Message:
    message: Message = response["choices"][0]["message"]
    return message


def _told(function: dict[str, str], result: object) -> str:
    arguments = ", ".join(str(value) for value in json.loads(function["arguments"]).values())
    return f"{function['name']}({arguments}) = {f'{result:.10g}' if isinstance(result, float) else result}"
