"""What programs say that send the same text again and again, and what programs say that never do."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol


class Call(NamedTuple):
    """One span: a model call, a retrieval or the run of a tool."""

    kind: str
    name: str
    inputs: Any
    outputs: Any


Turn = list[Call]
"""The calls of one trace."""

_WORD_COUNT = 4_000


class _Text:
    """Words that a seed decides, in lines as tools and documents have them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        letters = "abcdefghijklmnopqrstuvwxyz"
        self._words = ["".join(self._random.choices(letters, k=self._random.randint(2, 9))) for _ in range(_WORD_COUNT)]

    def of(self, chars: int) -> str:
        """So many characters of new text."""
        words = self._random.choices(self._words, k=chars // 4 + 1)
        return " ".join(words)[:chars]


def _tools(text: _Text, count: int = 20) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": f"tool_{number}",
                "description": text.of(160),
                "parameters": {
                    "type": "object",
                    "properties": {f"arg_{n}": {"type": "string", "description": text.of(40)} for n in range(3)},
                },
            },
        }
        for number in range(count)
    ]


def agents(count: int, turns: int) -> Iterator[Turn]:
    """Agents with tool results of 3 KB and 20 tool schemas; a trace for each agent."""
    text = _Text(turns)
    tools = _tools(text)
    system = text.of(2_000)
    for agent in range(count):
        calls: Turn = []
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": system},
            {"role": "user", "content": text.of(300)},
        ]
        for turn in range(turns):
            id = f"call_{agent}_{turn}"
            arguments = {"query": text.of(60)}
            function = {"name": f"tool_{turn % 20}", "arguments": json.dumps(arguments)}
            answer = {"role": "assistant", "content": text.of(100), "tool_calls": [{"id": id, "function": function}]}
            calls.append(Call("LLM", "chat", {"model": "m", "messages": messages, "tools": tools}, {"message": answer}))
            result = text.of(3_000)
            calls.append(Call("TOOL", f"tool_{turn % 20}", arguments, result))
            messages = [*messages, answer, {"role": "tool", "tool_call_id": id, "content": result}]
        yield calls


def rag_chat(chats: int, turns: int = 10) -> Iterator[Turn]:
    """Questions over 50 passages of 1,200 characters, four of them in each prompt; a trace for each question."""
    text = _Text(50)
    passages = [text.of(1_200) for _ in range(50)]
    system = text.of(600)
    chance = random.Random(1)
    for _ in range(chats):
        history: list[dict[str, Any]] = []
        for _ in range(turns):
            question = text.of(80)
            found = chance.sample(range(len(passages)), 4)
            documents = [{"page_content": passages[n], "metadata": {"id": n}} for n in found]
            prompt = "\n\n".join(["Answer from these:", *(passages[n] for n in found), f"Question: {question}"])
            messages = [{"role": "system", "content": system}, *history, {"role": "user", "content": prompt}]
            answer = {"role": "assistant", "content": text.of(400)}
            yield [
                Call("RETRIEVER", "search", {"query": question}, documents),
                Call("LLM", "chat", {"model": "m", "messages": messages}, {"message": answer}),
            ]
            history += [{"role": "user", "content": question}, answer]


def short_chat(chats: int, turns: int = 20) -> Iterator[Turn]:
    """Messages of 80 characters; a trace for each turn."""
    text = _Text(80)
    for _ in range(chats):
        messages: list[dict[str, Any]] = []
        for _ in range(turns):
            messages = [*messages, {"role": "user", "content": text.of(80)}]
            answer = {"role": "assistant", "content": text.of(80)}
            yield [Call("LLM", "chat", {"model": "m", "messages": messages}, {"message": answer})]
            messages = [*messages, answer]


def one_shot(prompts: int) -> Iterator[Turn]:
    """Prompts of 4,000 characters that never repeat."""
    text = _Text(4_000)
    for _ in range(prompts):
        messages = [{"role": "user", "content": "\n\n".join(text.of(500) for _ in range(8))}]
        yield [Call("LLM", "chat", {"model": "m", "messages": messages}, {"message": text.of(600)})]


WORKLOADS: dict[str, Callable[[float], Iterator[Turn]]] = {
    "agents of 40 turns": lambda scale: agents(max(1, round(20 * scale)), 40),
    "agents of 200 turns": lambda scale: agents(max(1, round(2 * scale)), 200),
    "RAG chat over 50 passages": lambda scale: rag_chat(max(1, round(40 * scale))),
    "short chat": lambda scale: short_chat(max(1, round(100 * scale))),
    "one-shot prompts": lambda scale: one_shot(max(10, round(2_000 * scale))),
}


def unique_bytes(name: str, scale: float) -> int:
    """The bytes of all texts, names and numbers of a workload, each once; paragraphs are texts of their own."""
    found: set[str] = set()
    waiting: list[Any] = [value for turn in WORKLOADS[name](scale) for call in turn for value in call[2:]]
    for value in waiting:  # grows while it is walked
        if isinstance(value, str):
            found.update(value.split("\n\n"))
        elif isinstance(value, dict):
            found.update(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        else:
            found.add(str(value))
    return sum(len(text.encode()) for text in found)


class Growing(Protocol):
    """A subject that records calls."""

    def calls(self, calls: Iterable[Call], *, with_payloads: bool) -> None:
        """Record one trace."""

    def flush(self) -> None:
        """Wait until everything recorded so far is durable."""

    def stored_bytes(self) -> int:
        """Size of the file and its log."""


def grow(subject: Growing, workload: str, scale: float, with_payloads: bool) -> dict[str, float]:
    """Microseconds of CPU a call until durable, of those in the caller, and the bytes of the file.

    Each trace is durable before the next one begins, as in a program that waits for its model.
    """
    turns = list(WORKLOADS[workload](scale))
    subject.flush()
    calls = sum(map(len, turns))
    caller_s = 0.0
    begin = time.process_time()
    for turn in turns:
        caller_begin = time.thread_time()
        subject.calls(turn, with_payloads=with_payloads)
        caller_s += time.thread_time() - caller_begin
        subject.flush()
    cpu_s = time.process_time() - begin
    return {"cpu_us": cpu_s * 1e6 / calls, "caller_us": caller_s * 1e6 / calls, "bytes": subject.stored_bytes()}
