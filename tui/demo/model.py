"""The stand-in models: pure functions from the messages of a prompt to an answer.

The demo has no language model. The system prompt chooses one of three small functions of the other messages, so that
another question gets another answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from .text import sentences, subject_words, terms

Message = dict[str, Any]
"""One message of a prompt in the form of OpenAI's chat API."""

LARGE, MINI = "gpt-4.1", "gpt-4.1-mini"
"""The names, and so the prices, of real models."""

SENTENCES = {LARGE: 5, MINI: 3}
"""The most sentences that each model quotes from the passages."""

ANSWER = (
    "You are the keeper of the Lantern Handbook. Answer from the passages and the tool results only, briefly,"
    " in the words of the handbook, and name the passages you used. If there are none, say so."
)
REWRITE = "Rewrite the last question so that it can be understood without the conversation. Reply with it alone."
CALL_TOOLS = (
    "Call the tools that help with the question: calculator(expression), clock(zone),"
    " convert(value, source, target), search_handbook(query). Repeat a search that found nothing with a broader query."
)

NOTHING_FOUND = (
    "The handbook has no passage about that. Try the name of a measure, of a failure or of a part of a trace."
)

_OPENING = re.compile(
    r"^(?:(?:what|how|why|when|where|which|who|and|but|so|then|is|are|was|do|does|did|can|could|should|would|will|shall"
    r"|i|we|you|my|our|the|a|an|to|about|it|that|tell|me|please|compare|explain)\b[\s,]*)+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(it|that|this|they|them|those|these)\b", re.IGNORECASE)
_CONTINUATION = re.compile(r"^(?:and|but|so|then)\b[\s,]*", re.IGNORECASE)
_EXPRESSION = re.compile(r"\(*\s*\d[\d\s.,()+\-*/%^]*[+\-*/%^][\d\s.,()+\-*/%^]*\d\s*\)*")
_CONVERSION = re.compile(r"\bconvert\s+(\d[\d.,]*)\s*([a-zA-Z]+)\s+(?:in|into|to)\s+([a-zA-Z]+)", re.IGNORECASE)
_CLOCK = re.compile(r"\b[Ww]hat time\b(?:.*\bin ([A-Z]\w+/\w+))?")
_PAIR = re.compile(
    r"(?:\bcompare\s+|\bbetween\s+)(?P<one>.+?)\s+(?:and|with|to)\s+(?P<other>.+)"
    r"|(?P<left>.+?)\s+(?:versus|vs\.?)\s+(?P<right>.+)",
    re.IGNORECASE,
)


def system(content: str) -> Message:
    """Returns a system message."""
    return {"role": "system", "content": content}


def user(content: str) -> Message:
    """Returns a user message."""
    return {"role": "user", "content": content}


def think(model: str, messages: Sequence[Message]) -> Message:
    """Returns the assistant's message for a prompt; the system prompt chooses the task."""
    task = _TASKS.get(messages[0]["content"])
    return task(messages) if task else _said(_answer(messages, SENTENCES[model]))


def compares(question: str) -> bool:
    """Whether the question compares two subjects, each of which needs a search."""
    return bool(_PAIR.search(question))


def wants_tool(question: str) -> bool:
    """Whether the question contains an expression, a conversion or the time of day."""
    return bool(_EXPRESSION.search(question) or _CONVERSION.search(question) or _CLOCK.search(question))


def answer_prompt(question: str, passages: Sequence[tuple[str, str]], results: Sequence[str]) -> str:
    """Returns the user message for `ANSWER`: titled passages, tool results, and the question at the end."""
    blocks = [f"[{title}] {text}" for title, text in passages]
    blocks += [f"Tool result: {result}" for result in results]
    return "\n\n".join([*blocks, f"Question: {question}"])


def _said(content: str) -> Message:
    return {"role": "assistant", "content": content}


def _subject(question: str) -> str:
    """The last clause of a question without its question words."""
    clauses = [clause for clause in re.split(r",(?: and)? ", question.strip()) if subject_words(clause)]
    return _OPENING.sub("", clauses[-1]).rstrip("?!. ").removesuffix(" work") if clauses else ""


def _rewrite(messages: Sequence[Message]) -> Message:
    *before, question = [m["content"].strip() for m in messages if m["role"] == "user"]
    topic = next((_subject(earlier) for earlier in reversed(before) if not _needs_context(earlier)), "")
    if not topic or not _needs_context(question):
        return _said(question)
    question = _CONTINUATION.sub("", question)
    if _PRONOUN.search(question):
        question = _PRONOUN.sub(lambda found: f"{found[0]} ({topic})", question, count=1)
    else:
        question = f"{question.rstrip('?!. ')}, about {topic}?"
    return _said(question[:1].upper() + question[1:])


def _needs_context(question: str) -> bool:
    return bool(_PRONOUN.search(question) or _CONTINUATION.search(question))


def _call_tools(messages: Sequence[Message]) -> Message:
    if messages[-1]["role"] == "tool":
        return _broader_searches(messages)
    question = messages[-1]["content"]
    calls: list[tuple[str, dict[str, object]]] = []
    if pair := _PAIR.search(question):
        calls += [("search_handbook", {"query": _subject(topic)}) for topic in pair.groups() if topic]
    if conversion := _CONVERSION.search(question):
        value, source, target = conversion.groups()
        number = float(value.strip(".,").replace(",", ""))
        calls.append(("convert", {"value": number, "source": source, "target": target}))
    elif expression := _EXPRESSION.search(question):
        text = re.sub(r"(?<=\d),(?=\d{3})", "", expression[0]).replace("^", "**")
        calls.append(("calculator", {"expression": text.strip()}))
    if clock := _CLOCK.search(question):
        calls.append(("clock", {"zone": clock[1] or "UTC"}))
    return _calls(calls)


def _broader_searches(messages: Sequence[Message]) -> Message:
    last_calls = next(message["tool_calls"] for message in reversed(messages) if message.get("tool_calls"))
    results = messages[-len(last_calls) :]
    words = [
        subject_words(json.loads(call["function"]["arguments"])["query"])[-1:]
        for call, result in zip(last_calls, results, strict=True)
        if call["function"]["name"] == "search_handbook" and result["content"] == "[]"
    ]
    return _calls([("search_handbook", {"query": last[0]}) for last in words if last])


def _calls(calls: Sequence[tuple[str, dict[str, object]]]) -> Message:
    if not calls:
        return _said("No tool is needed.")
    listed = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for number, (name, arguments) in enumerate(calls, 1)
    ]
    return {"role": "assistant", "content": None, "tool_calls": listed}


def _answer(messages: Sequence[Message], limit: int) -> str:
    *blocks, question = messages[-1]["content"].split("\n\n")
    results = [block.removeprefix("Tool result: ") for block in blocks if block.startswith("Tool result: ")]
    passages = [block[1:].split("] ", 1) for block in blocks if block.startswith("[")]
    asked = set(terms(question.removeprefix("Question: ")))
    candidates = []
    for rank, (title, text) in enumerate(passages):
        titled = len(asked & set(terms(title)))
        for position, sentence in enumerate(sentences(text)):
            shared = len(asked & set(terms(sentence)))
            candidates.append((rank + position / 2 - 2 * (titled + shared), rank, position, title, sentence))
    chosen = sorted(sorted(candidates)[:limit], key=lambda candidate: candidate[1:3])
    parts = [f"{result}." for result in results]
    if chosen:
        parts.append(" ".join(sentence for *_, sentence in chosen))
        parts.append("See: " + "; ".join(dict.fromkeys(title for *_, title, _ in chosen)) + ".")
    return "\n\n".join(parts) or NOTHING_FOUND


_TASKS: dict[str, Callable[[Sequence[Message]], Message]] = {REWRITE: _rewrite, CALL_TOOLS: _call_tools}
