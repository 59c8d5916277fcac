"""What the stand-in models think: pure functions from the messages of a prompt to the text of an answer.

There is no language model in the demo. Each task is a small, real function of its input, chosen by the
system prompt, so that a changed question gets a changed answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from .language import sentences, subject_words, terms

Message = dict[str, str]
"""One message of a prompt: `role` is system, user or assistant; `content` is text."""

ANSWER = (
    "You are the keeper of the Lantern Handbook. Answer from the passages and the tool results only, briefly,"
    " in the words of the handbook, and name the passages you used. If there are none, say so."
)
REWRITE = "Rewrite the last question so that it can be understood without the conversation. Reply with it alone."
CHOOSE_TOOLS = (
    "Choose the tools that help with the question: calculator(expression), clock(zone),"
    " convert(value, source, target), search_handbook(query). Reply with a JSON list of calls, or with []."
)
REFLECT = (
    "Look at the searches made so far. For each that found nothing, reply with a broader search_handbook(query)"
    " in a JSON list of calls; reply with [] when nothing is missing."
)

NO_CALLS = "[]"
"""The reply of a model that wants no tool."""

SENTENCES = {"lantern-large": 5, "lantern-mini": 3}
"""How many sentences each model takes from the passages."""

NOTHING_FOUND = (
    "The handbook has no passage about that. Try the name of a measure, of a failure or of a part of a trace."
)

_OPENING = re.compile(
    r"^(?:(?:what|how|why|when|where|which|who|and|but|so|then|is|are|was|do|does|did|can|could|should|would|will|shall"
    r"|i|we|you|my|our|the|a|an|to|about|it|that|tell|me|please|compare|explain)\b[\s,]*)+",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(it|that|this|they|them|those|these)\b", re.IGNORECASE)
_CONTINUES = re.compile(r"^(?:and|but|so|then|what about|how about)\b", re.IGNORECASE)
_EXPRESSION = re.compile(r"\(*\s*\d[\d\s.,()+\-*/%^]*[+\-*/%^][\d\s.,()+\-*/%^]*\d\s*\)*")
_CONVERSION = re.compile(r"\bconvert\s+(\d[\d.,]*)\s*([a-zA-Z]+)\s+(?:in|into|to)\s+([a-zA-Z]+)", re.IGNORECASE)
_CLOCK = re.compile(r"\b[Ww]hat time\b(?:.*\bin ([A-Z]\w+/\w+))?")
_PAIR = re.compile(
    r"(?:\bcompare\s+|\bbetween\s+)(?P<one>.+?)\s+(?:and|with|to)\s+(?P<other>.+)"
    r"|(?P<left>.+?)\s+(?:versus|vs\.?)\s+(?P<right>.+)",
    re.IGNORECASE,
)


def think(model: str, messages: Sequence[Message]) -> str:
    """The text a model writes for a prompt; the system prompt decides the task."""
    task = _TASKS.get(messages[0]["content"])
    return task(messages) if task else _answer(messages, SENTENCES[model])


def compares(question: str) -> bool:
    """Whether the question is about two subjects, each worth a search of its own."""
    return bool(_PAIR.search(question))


def wants_tool(question: str) -> bool:
    """Whether the question has an expression, a conversion or the time of day in it."""
    return bool(_EXPRESSION.search(question) or _CONVERSION.search(question) or _CLOCK.search(question))


def subject(question: str) -> str:
    """What a question is about: its last clause, without the words that only make it a question."""
    clauses = [clause for clause in re.split(r",(?: and)? ", question.strip()) if subject_words(clause)]
    return _OPENING.sub("", clauses[-1]).rstrip("?!. ").removesuffix(" work") if clauses else ""


def answer_prompt(question: str, passages: Sequence[tuple[str, str]], results: Sequence[str]) -> str:
    """The user message for `ANSWER`: titled passages, tool results, and the question at the end."""
    blocks = [f"[{title}] {text}" for title, text in passages]
    blocks += [f"Tool result: {result}" for result in results]
    return "\n\n".join([*blocks, f"Question: {question}"])


def searches(found: Mapping[str, Sequence[str]]) -> str:
    """The user message for `REFLECT`: the titles that each query found."""
    return json.dumps(found)


def _rewrite(messages: Sequence[Message]) -> str:
    *before, question = [m["content"].strip() for m in messages if m["role"] == "user"]
    topic = next((subject(earlier) for earlier in reversed(before) if not _leans_back(earlier)), "")
    if not topic or not _leans_back(question):
        return question
    question = re.sub(r"^(?:and|but|so|then)\b[\s,]*", "", question, flags=re.IGNORECASE)
    if _POINTS_BACK.search(question):
        question = _POINTS_BACK.sub(lambda found: f"{found[0]} ({topic})", question, count=1)
    else:
        question = f"{question.rstrip('?!. ')}, about {topic}?"
    return question[:1].upper() + question[1:]


def _leans_back(question: str) -> bool:
    return bool(_POINTS_BACK.search(question) or _CONTINUES.search(question))


def _choose_tools(messages: Sequence[Message]) -> str:
    question = messages[-1]["content"]
    calls: list[tuple[str, dict[str, object]]] = []
    if pair := _PAIR.search(question):
        topics = [topic for topic in pair.groups() if topic]
        calls += [("search_handbook", {"query": subject(topic)}) for topic in topics]
    if conversion := _CONVERSION.search(question):
        value, source, target = conversion.groups()
        calls.append(
            ("convert", {"value": float(value.strip(".,").replace(",", "")), "source": source, "target": target})
        )
    elif expression := _EXPRESSION.search(question):
        text = re.sub(r"(?<=\d),(?=\d{3})", "", expression[0]).replace("^", "**")
        calls.append(("calculator", {"expression": text.strip()}))
    if clock := _CLOCK.search(question):
        calls.append(("clock", {"zone": clock[1] or "UTC"}))
    return _calls(calls)


def _reflect(messages: Sequence[Message]) -> str:
    found: dict[str, list[str]] = json.loads(messages[-1]["content"])
    broader = {query: subject_words(query)[-1:] for query, titles in found.items() if not titles}
    return _calls([("search_handbook", {"query": words[0]}) for words in broader.values() if words])


def _calls(calls: Sequence[tuple[str, dict[str, object]]]) -> str:
    # Like real models: the arguments of a call are a string of JSON within the JSON.
    return json.dumps([{"name": name, "arguments": json.dumps(arguments)} for name, arguments in calls])


def _answer(messages: Sequence[Message], limit: int) -> str:
    blocks = messages[-1]["content"].split("\n\n")
    question = blocks[-1].removeprefix("Question: ")
    results = [block.removeprefix("Tool result: ") for block in blocks if block.startswith("Tool result: ")]
    passages = [tuple(block[1:].split("] ", 1)) for block in blocks if block.startswith("[")]
    asked = set(terms(question))
    candidates = []
    for rank, (title, text) in enumerate(passages):
        titled = asked & set(terms(title))
        for position, sentence in enumerate(sentences(text)):
            shared = len(asked & set(terms(sentence)))
            candidates.append((-(2 * len(titled) + 2 * shared - rank - position / 2), rank, position, title, sentence))
    chosen = sorted(sorted(candidates)[:limit], key=lambda candidate: candidate[1:3])
    parts = [f"{result}." for result in results]
    if chosen:
        parts.append(" ".join(sentence for *_, sentence in chosen))
        parts.append("See: " + "; ".join(dict.fromkeys(title for *_, title, _ in chosen)) + ".")
    return "\n\n".join(parts) or NOTHING_FOUND


_TASKS: dict[str, Callable[[Sequence[Message]], str]] = {
    REWRITE: _rewrite,
    CHOOSE_TOOLS: _choose_tools,
    REFLECT: _reflect,
}
