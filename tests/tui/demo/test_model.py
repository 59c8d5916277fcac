"""The stand-in models of the demo."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.demo import model
from tracetui.tui.demo.model import LARGE, MINI, Message, system, think, user
from tracetui.tui.demo.text import sentences

from .test_handbook import passages


def calls_of(message: Message) -> list[tuple[str, Any]]:
    """The name and the arguments of each tool call in a message."""
    functions = [call["function"] for call in message.get("tool_calls", ())]
    return [(function["name"], json.loads(function["arguments"])) for function in functions]


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("How does prompt caching work?", "What breaks it?", "What breaks it (prompt caching)?"),
        ("Which errors should I retry?", "And why?", "Why, about errors should I retry?"),
        ("What is TTFT?", "What is a span?", "What is a span?"),
    ],
)
def test_model_rewrites_a_follow_up_by_the_conversation(before: str, question: str, standalone: str) -> None:
    """A question that refers to the conversation becomes independent of it; any other stays as it is."""
    history = [user(before), {"role": "assistant", "content": "An answer."}]
    assert think(MINI, [system(model.REWRITE), *history, user(question)])["content"] == standalone


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        ("What is 1,200 * (3 + 4)?", [("calculator", {"expression": "1200 * (3 + 4)"})]),
        ("Convert 1.5 hours to ms", [("convert", {"value": 1.5, "source": "hours", "target": "ms"})]),
        ("What time is it in Europe/Lisbon?", [("clock", {"zone": "Europe/Lisbon"})]),
        ("Compare TTFT and TPOT", [("search_handbook", {"query": "TTFT"}), ("search_handbook", {"query": "TPOT"})]),
        ("What is time to first token?", []),
    ],
)
def test_model_calls_the_tools_that_a_question_needs(question: str, calls: list[tuple[str, Any]]) -> None:
    """Tool calls have the form of OpenAI's API, with arguments as JSON text."""
    assert calls_of(think(MINI, [system(model.CALL_TOOLS), user(question)])) == calls


def test_model_repeats_a_search_that_found_nothing_with_a_broader_query() -> None:
    """A search with a result is not repeated."""
    asked = [system(model.CALL_TOOLS), user("Compare purple retries and spans")]
    first = think(MINI, asked)
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": content}
        for call, content in zip(first["tool_calls"], ["[]", '[{"title": "Spans"}]'], strict=True)
    ]
    assert calls_of(think(MINI, [*asked, first, *results])) == [("search_handbook", {"query": "retries"})]


@given(st.lists(st.integers(0, 59), min_size=1, max_size=4, unique=True), st.sampled_from(["span", "cache", "why"]))
def test_model_answers_with_sentences_of_the_passages_only(numbers: list[int], question: str) -> None:
    """An answer quotes its prompt and names the passages."""
    given_passages = [passages()[number] for number in numbers]
    prompt = model.answer_prompt(question, [(p["title"], p["text"]) for p in given_passages], [])
    answer = think(LARGE, [system(model.ANSWER), user(prompt)])["content"]
    body, _, sources = answer.partition("\n\nSee: ")
    known = [sentence for passage in given_passages for sentence in sentences(passage["text"])]
    assert 0 < len(sentences(body)) <= model.SENTENCES[LARGE]
    assert all(sentence in known for sentence in sentences(body))
    assert all(title in [p["title"] for p in given_passages] for title in sources.rstrip(".").split("; "))
