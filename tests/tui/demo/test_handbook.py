"""The handbook of the demo: its passages, and the search in them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tracer import tracing
from tracetui.tui.demo.handbook import Handbook, Passage, parse
from tracetui.tui.demo.text import sentences


@pytest.fixture(scope="module")
def handbook() -> Iterator[Handbook]:
    """The handbook, indexed, without tracing."""
    tracing.disable()
    handbook = Handbook()
    handbook.search("the index is built when this returns")
    yield handbook
    handbook.close()
    tracing.enable()


def passages() -> list[Passage]:
    """All passages of the handbook."""
    return parse(files("tracetui.tui.demo").joinpath("handbook.md").read_text(encoding="utf-8"))


def test_handbook_has_titled_passages_of_a_few_sentences() -> None:
    """An answer can name each passage, and a prompt has room for it."""
    titles = {passage["title"] for passage in passages()}
    assert len(titles) == len(passages()) >= 60
    assert all(passage["section"] and 1 < len(sentences(passage["text"])) < 8 for passage in passages())


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is time to first token?", "Time to first token (TTFT)"),
        ("TPOT", "Time per output token (TPOT)"),
        ("Why are my tokens counted twice?", "Counting tokens twice"),
        ("What happens when a client disconnects in the middle of a stream?", "Abandoned streams"),
        ("What should I do about status 429?", "Rate limits"),
        ("Is BM25 better than embeddings?", "Keyword search with BM25"),
        ("How do I keep personal data out of traces?", "Personal data in traces"),
        ("Which temperature is right?", "Temperature"),
    ],
)
def test_search_finds_the_passage_that_answers(handbook: Handbook, question: str, title: str) -> None:
    """The first passage is the one that a person would choose."""
    best = handbook.retrieve(question)
    assert best[0]["title"] == title
    assert best == sorted(best, key=lambda passage: -passage["score"])


@pytest.mark.parametrize("question", ["sourdough rhubarb", "what is the", ""])
def test_search_finds_nothing_for_words_that_are_not_in_the_handbook(handbook: Handbook, question: str) -> None:
    """Such a question has no passage, and is no error."""
    assert handbook.retrieve(question) == []


@given(st.text())
def test_search_accepts_any_text(handbook: Handbook, question: str) -> None:
    """No question is a syntax error of the search engine, and each score is between 0 and 1."""
    assert all(0 <= passage["score"] <= 1 for passage in handbook.retrieve(question, 3))
