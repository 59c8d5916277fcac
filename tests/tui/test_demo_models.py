"""`tracetui demo`: its handbook and the search in it, its models and tools, the plan of its run."""

from __future__ import annotations

import json
from itertools import islice, takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.demo import mind, tools
from tracetui.tui.demo.language import sentences, token_count, tokens
from tracetui.tui.demo.load import CONVERSATIONS, GAP_MS, plan
from tracetui.tui.demo.passages import handbook
from tracetui.tui.demo.pricing import LARGE, MINI, cost
from tracetui.tui.demo.prompt_cache import BLOCK_TOKENS, PromptCache
from tracetui.tui.demo.search import PassageIndex
from tracetui.tui.demo.weather import DECK, weather


@pytest.fixture(scope="module")
def index() -> PassageIndex:
    """The handbook, indexed."""
    return PassageIndex(handbook())


# The text and the search


def test_handbook_has_titled_passages_of_a_few_sentences() -> None:
    """Each passage can be named in an answer and fits into a prompt."""
    passages = handbook()
    assert len({passage.title for passage in passages}) == len(passages) >= 60
    assert all(passage.section and 1 < len(sentences(passage.text)) < 8 for passage in passages)


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
def test_search_finds_the_passage_that_answers(index: PassageIndex, question: str, title: str) -> None:
    """A question gets the passage a person would have picked."""
    best = index.rerank(index.embed(question), index.search(question, 12), 3)
    assert best[0].passage.title == title
    assert best == sorted(best, key=lambda hit: -hit.score)


def test_search_finds_nothing_for_a_question_from_elsewhere(index: PassageIndex) -> None:
    """Words that are not in the handbook find no passage, and do not break the query."""
    assert index.search("sourdough rhubarb", 5) == []
    assert index.search("what is the", 5) == []


@given(st.text())
def test_search_takes_any_text_as_a_question(index: PassageIndex, question: str) -> None:
    """No question is a syntax error of the search engine, and no vector is longer than 1."""
    assert len(index.search(question, 3)) <= 3
    assert sum(weight * weight for weight in index.embed(question)) == pytest.approx(1) or not any(
        index.embed(question)
    )


@given(st.text())
def test_tokens_are_the_text_cut_into_pieces(text: str) -> None:
    """Streamed piece by piece, an answer arrives as it was written."""
    assert "".join(tokens(text)) == text


def test_tokens_are_about_four_characters_of_english() -> None:
    """The counts are of the size that people know from real models."""
    text = " ".join(passage.text for passage in handbook())
    assert 3.5 < len(text) / token_count([text]) < 5.5


# The models, the prices, the tools


def test_cost_is_tokens_times_price_with_cached_tokens_cheaper() -> None:
    """A thousand tokens in, half of them cached, and two hundred out, at the made-up prices."""
    assert cost(LARGE, 1000, 200, cached_tokens=500).total_usd == pytest.approx((500 * 2 + 500 * 0.2 + 200 * 8) / 1e6)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 1))
def test_cost_never_grows_with_the_share_of_cached_tokens(input_tokens: int, output_tokens: int, share: float) -> None:
    """A cached prompt is never dearer than a fresh one."""
    cached = cost(MINI, input_tokens, output_tokens, int(input_tokens * share))
    assert 0 <= cached.total_usd <= cost(MINI, input_tokens, output_tokens).total_usd


PIECES = st.lists(st.sampled_from(["a", "b"]), max_size=60)


@given(PIECES, PIECES, PIECES)
def test_prompt_cache_counts_whole_blocks_of_the_shared_beginning(
    beginning: list[str], one: list[str], other: list[str]
) -> None:
    """Only an identical beginning is cached, in whole blocks."""
    cache = PromptCache()
    assert cache.read(beginning + one) == 0
    pairs = zip(beginning + one, beginning + other, strict=False)
    shared_tokens = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    assert cache.read(beginning + other) == shared_tokens // BLOCK_TOKENS * BLOCK_TOKENS


def test_prompt_cache_forgets_the_oldest_beyond_its_capacity() -> None:
    """The cache of a long run does not grow without end."""
    cache = PromptCache(capacity_blocks=1)
    assert cache.read(["a"] * BLOCK_TOKENS) == 0
    assert cache.read(["b"] * BLOCK_TOKENS) == 0
    assert cache.read(["a"] * BLOCK_TOKENS) == 0


def system_and(task: str, *contents: str) -> list[mind.Message]:
    """A prompt for a task, the user and the assistant taking turns."""
    roles = ("user", "assistant")
    turns = [{"role": roles[number % 2], "content": content} for number, content in enumerate(contents)]
    return [{"role": "system", "content": task}, *turns]


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        ("How does prompt caching work?", "What breaks it?", "What breaks it (prompt caching)?"),
        ("Which errors should I retry?", "And why?", "Why, about errors should I retry?"),
        ("What is TTFT?", "What is a span?", "What is a span?"),
    ],
)
def test_model_rewrites_a_follow_up_by_what_went_before(before: str, question: str, standalone: str) -> None:
    """A question that leans on the conversation is made to stand alone; one that stands is left as it is."""
    assert mind.think(MINI.name, system_and(mind.REWRITE, before, "An answer.", question)) == standalone


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
def test_model_chooses_the_tools_a_question_needs(question: str, calls: list[tuple[str, Any]]) -> None:
    """Tool calls come as a list with their arguments as JSON text, the way real models give them."""
    reply = json.loads(mind.think(MINI.name, system_and(mind.CHOOSE_TOOLS, question)))
    assert [(call["name"], json.loads(call["arguments"])) for call in reply] == calls


@given(st.lists(st.integers(0, 80), min_size=1, max_size=4, unique=True), st.sampled_from(["span", "cache", "why"]))
def test_model_answers_in_sentences_of_the_passages_only(numbers: list[int], question: str) -> None:
    """An answer is a function of its prompt: it says nothing that the passages do not say."""
    passages = [handbook()[number] for number in numbers]
    prompt = mind.answer_prompt(question, [(p.title, p.text) for p in passages], [])
    body, _, sources = mind.think(LARGE.name, system_and(mind.ANSWER, prompt)).partition("\n\nSee: ")
    said = [sentence for passage in passages for sentence in sentences(passage.text)]
    assert 0 < len(sentences(body)) <= mind.SENTENCES[LARGE.name]
    assert all(sentence in said for sentence in sentences(body))
    assert all(title in [p.title for p in passages] for title in sources.rstrip(".").split("; "))


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 999), st.sampled_from("+-*/%"))
def test_calculator_computes_as_python_does(one: int, other: int, third: int, operation: str) -> None:
    """Precedence, parentheses and signs are the usual ones."""
    expression = f"({one} + {other}) {operation} {third} * -2"
    assert tools.calculator(expression) == eval(expression)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("(1200 + 350 * 0.8", SyntaxError),
        ("__import__('os').getcwd()", ValueError),
        ("True + 1", ValueError),
        ("2 ** 9999", OverflowError),
        ("1 / 0", ZeroDivisionError),
    ],
)
def test_calculator_refuses_what_is_not_arithmetic(expression: str, error: type[Exception]) -> None:
    """A malformed argument is an exception, and no argument runs as code."""
    with pytest.raises(error):
        tools.calculator(expression)


def test_converter_knows_what_each_unit_measures() -> None:
    """Hours become milliseconds; they do not become bytes, and nothing becomes parsecs."""
    assert tools.convert(1.5, "hours", "ms") == pytest.approx(5_400_000)
    with pytest.raises(tools.UnitError, match="hours measures time, bytes measures size"):
        tools.convert(1, "hours", "bytes")
    with pytest.raises(tools.UnitError, match="no unit is called 'parsecs'"):
        tools.convert(1, "parsecs", "s")


# The plan of the run


def test_load_is_the_same_for_the_same_seed() -> None:
    """Two runs ask alike; another seed asks otherwise."""
    assert list(islice(plan(7), 60)) == list(islice(plan(7), 60)) != list(islice(plan(8), 60))


@given(st.integers())
def test_load_asks_one_to_three_times_a_second_in_the_order_of_each_conversation(seed: int) -> None:
    """Turns of a session follow its script; the gaps are those of a small service."""
    planned = list(islice(plan(seed), 50))
    assert planned[0].gap_ms == 0
    assert all(GAP_MS[0] <= one.gap_ms <= GAP_MS[1] for one in planned[4:])
    for session in {one.session for one in planned}:
        questions = tuple(one.question for one in planned if one.session == session)
        assert any(questions == conversation[: len(questions)] for conversation in CONVERSATIONS)


@given(st.integers())
def test_weather_brings_each_fault_in_every_dozen(seed: int) -> None:
    """No run is all calm, and none is all storm."""
    fates = list(islice(weather(seed), 2 + 3 * len(DECK)))[2:]
    for start in range(0, len(fates), len(DECK)):
        assert sorted(map(repr, fates[start : start + len(DECK)])) == sorted(map(repr, DECK))
