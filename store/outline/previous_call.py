"""The model call before another one of the same agent, and what was said with it."""

from __future__ import annotations

from ..chat.chat import chat_of
from ..chat.message import Chat
from ..model.forest import NO_PARENT, Forest
from ..model.rows import MODEL_CALLS, SpanDetail, SpanRow
from ..text import json_text

MOST_PARSED_CHARS = 2_000_000
"""Longer inputs are not read for a comparison."""

MOST_SPANS = 5_000
"""How far back a call is looked for."""


def previous_call(forest: Forest, index: int) -> SpanRow | None:
    """Return the last model call that began before the one at position `index`, below the same agent; None if none did.

    The agent of a call is the nearest span of the kind AGENT above it, or else its root.
    """
    call = forest.spans[index]
    if call.kind not in MODEL_CALLS:
        return None
    agent = _agent(forest, index)
    for other in range(index - 1, max(agent, index - MOST_SPANS), -1):  # siblings are in the order of their start
        span = forest.spans[other]
        if span.kind == call.kind and span.start_ns <= call.start_ns and _agent(forest, other) == agent:
            return span
    return None


def _agent(forest: Forest, index: int) -> int:
    while (above := forest.parent_index[index]) != NO_PARENT:
        index = above
        if forest.spans[index].kind == "AGENT":
            break
    return index


def said_with(detail: SpanDetail) -> Chat | None:
    """Return the messages of a call and of its answer; None if its inputs are no chat."""
    if detail.inputs is None or len(detail.inputs) > MOST_PARSED_CHARS:
        return None
    asked = chat_of(json_text.decode_or_text(detail.inputs))
    if asked is None:
        return None
    outputs = detail.outputs
    answered = None
    if outputs is not None and len(outputs) <= MOST_PARSED_CHARS:
        answered = chat_of(json_text.decode_or_text(outputs), is_answer=True)
    return Chat([*asked.messages, *(answered.messages if answered else ())], asked.tools)
