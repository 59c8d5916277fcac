"""The checks before and after the model, each a span with its verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...tracer import SpanType, get_current_active_span, trace
from .language import sentences, terms

_FORBIDDEN = {
    "prompt injection": re.compile(r"\b(?:ignore|forget|disregard)\b.{0,30}\b(?:instructions?|rules|prompt)\b", re.I),
    "e-mail address": re.compile(r"\b[\w.+-]+@[\w-]+\.\w{2,}\b"),
    "card number": re.compile(r"\b(?:\d[ -]?){13,16}\b"),
    "secret key": re.compile(r"\b(?:sk|key|token)[-_][A-Za-z0-9]{16,}\b"),
}

SUPPORTED_SHARE = 0.6
"""A sentence counts as grounded when this share of its terms stands in the sources."""


@trace(name="check question", span_type=SpanType.GUARDRAIL)
def refusal(question: str) -> str | None:
    """Why the question must not reach a model, or None."""
    reason = next((name for name, pattern in _FORBIDDEN.items() if pattern.search(question)), None)
    if span := get_current_active_span():
        span.set_attributes(
            {"guardrail.verdict": "blocked" if reason else "passed", "guardrail.checks": len(_FORBIDDEN)}
        )
    return reason


@trace(name="check grounding", span_type=SpanType.EVALUATOR)
def groundedness(answer: str, sources: Sequence[str]) -> float:
    """The share of the answer's sentences whose terms stand in the sources, from 0 to 1; 1 for an empty answer."""
    known = {term for source in sources for term in terms(source)}
    claims = [set(terms(sentence)) for paragraph in answer.split("\n\n") for sentence in sentences(paragraph)]
    claims = [claim for claim in claims if claim]
    supported = sum(len(claim & known) >= SUPPORTED_SHARE * len(claim) for claim in claims)
    score = round(supported / len(claims), 3) if claims else 1.0
    if span := get_current_active_span():
        span.set_attributes({"eval.groundedness": score, "eval.sentences": len(claims)})
    return score
