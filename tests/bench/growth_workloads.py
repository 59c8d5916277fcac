"""What programs say that send the same text again and again, and what programs say that never do."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


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


def unique_bytes(turns: Iterator[Turn]) -> int:
    """The bytes of all texts and names of these turns, each once."""
    texts: set[str] = set()
    waiting: list[Any] = [[call.inputs, call.outputs] for turn in turns for call in turn]
    seen: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            parts = value.split("\n\n")
            texts.update(parts)
        elif isinstance(value, dict):
            key = json.dumps(value)
            if key not in seen:  # what stands around the texts of an object: its names, marks and numbers
                seen.add(key)
                flat = {name: item for name, item in value.items() if not isinstance(item, str | dict | list)}
                names = [name for name in value if name not in flat]
                texts.add(json.dumps([key[:0], sorted(names), flat, len(seen)]))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return sum(len(text.encode()) for text in texts)
