"""Answers put together from chunks, in the forms that providers send them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Recorded
from tests.tracer.test_streams import Hands, hands
from tracetui.tracer import trace
from tracetui.tracer.answer import Answer, Text, is_last

__all__ = ["hands"]


def as_object(value: Any) -> Any:
    """The same chunk as a client gives it: attributes instead of keys."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_object(item) for key, item in value.items()})
    return [as_object(item) for item in value] if isinstance(value, list) else value


def openai_chunk(**delta: Any) -> dict[str, Any]:
    return {
        "model": "gpt-4o-2026-05-13",
        "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
        "usage": None,
    }


OPENAI = [
    openai_chunk(role="assistant", content=""),
    openai_chunk(content="Hel"),
    openai_chunk(content="lo"),
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
    {
        "choices": [],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    },
]
OPENAI_TOOL = [
    openai_chunk(role="assistant", content=None),
    openai_chunk(tool_calls=[{"index": 0, "id": "call_1", "function": {"name": "weather", "arguments": ""}}]),
    openai_chunk(tool_calls=[{"index": 0, "id": None, "function": {"name": None, "arguments": '{"city":'}}]),
    openai_chunk(tool_calls=[{"index": 0, "id": None, "function": {"name": None, "arguments": '"Köln"}'}}]),
]
COMPLETION = [{"choices": [{"text": text}]} for text in ("", "Hel", "lo")]
RESPONSES = [
    {"type": "response.created", "response": {"model": "gpt-5", "usage": None}},
    {"type": "response.output_item.added", "item": {"type": "message", "id": "m"}},
    {"type": "response.output_text.delta", "delta": "Hel"},
    {"type": "response.output_text.delta", "delta": "lo"},
    {"type": "response.completed", "response": {"model": "gpt-5", "usage": {"input_tokens": 9, "output_tokens": 2}}},
]
RESPONSES_TOOL = [
    {
        "type": "response.output_item.added",
        "item": {"type": "function_call", "id": "f", "call_id": "call_1", "name": "go"},
    },
    {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": '{"to":'},
    {"type": "response.function_call_arguments.delta", "item_id": "f", "delta": " 1}"},
]
ANTHROPIC = [
    {
        "type": "message_start",
        "message": {
            "model": "claude-sonnet-4",
            "usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
ANTHROPIC_TOOL = [
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "toolu_1", "name": "go"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"to": 1}'}},
]
LANGCHAIN = [
    {"type": "AIMessageChunk", "content": ""},
    {"type": "AIMessageChunk", "content": "Hel"},
    {"type": "AIMessageChunk", "content": [{"type": "text", "text": "lo"}]},
    {"type": "AIMessageChunk", "content": "", "usage_metadata": {"input_tokens": 9, "output_tokens": 2}},
]


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
@pytest.mark.parametrize(
    ("chunks", "first"),
    [(OPENAI, 1), (COMPLETION, 1), (RESPONSES, 2), (ANTHROPIC, 3), (LANGCHAIN, 1)],
    ids=["openai", "completion", "responses", "anthropic", "langchain"],
)
def test_text_is_joined_and_the_first_content_known(chunks: list[Any], first: int, form: Any) -> None:
    """What opens a stream, counts it up or ends it is no content."""
    answer = Answer()
    content = [answer.take(form(chunk)) for chunk in chunks]
    assert answer.value() == "Hello"
    assert None not in content
    assert content.index(True) == first


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
@pytest.mark.parametrize(
    ("chunks", "call"),
    [
        (OPENAI_TOOL, {"id": "call_1", "name": "weather", "arguments": '{"city":"Köln"}'}),
        (RESPONSES_TOOL, {"id": "call_1", "name": "go", "arguments": '{"to": 1}'}),
        (ANTHROPIC_TOOL, {"id": "toolu_1", "name": "go", "arguments": '{"to": 1}'}),
    ],
    ids=["openai", "responses", "anthropic"],
)
def test_tool_calls_are_put_together(chunks: list[Any], call: dict[str, str], form: Any) -> None:
    """Their arguments arrive in pieces."""
    answer = Answer()
    assert True in list(map(answer.take, map(form, chunks)))
    assert answer.value() == {"content": "", "tool_calls": [call]}


@pytest.mark.parametrize(
    ("chunks", "model", "usage"),
    [
        (OPENAI, "gpt-4o-2026-05-13", OPENAI[-1]["usage"]),
        (RESPONSES, "gpt-5", {"input_tokens": 9, "output_tokens": 2}),
        (ANTHROPIC, "claude-sonnet-4", {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 2}),
        (LANGCHAIN, None, {"input_tokens": 9, "output_tokens": 2}),
    ],
    ids=["openai", "responses", "anthropic", "langchain"],
)
def test_model_and_usage_are_taken_wherever_they_come(chunks: list[Any], model: str | None, usage: Any) -> None:
    """Anthropic counts the input at the start and the output at the end; OpenAI in a last chunk without choices."""
    answer = Answer()
    for chunk in chunks:
        answer.take(chunk)
    assert (answer.model, answer.usage) == (model, usage)


@pytest.mark.parametrize("chunk", [{"token": "a"}, 7, b"a", None, object(), {"type": 1}, {"type": "other"}, ["a"]])
def test_other_chunks_are_none_of_an_answer(chunk: Any) -> None:
    """They are left to who knows them."""
    assert Answer().take(chunk) is None
    assert not is_last(chunk)


@given(
    st.recursive(
        st.one_of(st.none(), st.text(max_size=5), st.integers(), st.booleans()),
        lambda items: st.one_of(
            st.lists(items, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "choices",
                        "delta",
                        "content",
                        "tool_calls",
                        "usage",
                        "message",
                        "index",
                        "item",
                        "response",
                    ]
                ),
                st.one_of(items, st.sampled_from(["message_start", "content_block_delta", "response.x.delta"])),
                max_size=5,
            ),
        ),
        max_leaves=12,
    )
)
def test_no_chunk_is_too_strange(chunk: Any) -> None:
    """A server may send anything under these names."""
    answer = Answer()
    answer.take(chunk)
    answer.take(as_object(chunk))
    is_last(chunk)
    answer.value()


@given(st.lists(st.text(max_size=3), max_size=600))
def test_text_is_its_pieces(pieces: list[str]) -> None:
    """However many there are."""
    text = Text()
    for piece in pieces:
        text.add(piece)
    assert str(text) == "".join(pieces)
    assert len(text._parts) <= 256


def test_a_traced_generator_of_chunks_measures_the_answer(recorded: Recorded, hands: Hands) -> None:
    """Handing a client's chunks on is as good as handing on its text: TTFT, text, tokens, model."""

    @trace(span_type="LLM")
    def stream() -> Iterator[Any]:
        for chunk in OPENAI:
            hands.pass_ms(100)
            yield as_object(chunk)

    assert len(list(stream())) == 5
    span = recorded.span("stream")
    assert span["outputs"] == "Hello"
    assert span["ttft_ms"] == 200
    assert (span["model"], span["input_tokens"], span["cache_read_tokens"], span["output_tokens"]) == (
        "gpt-4o-2026-05-13", 9, 4, 2,
    )  # fmt: skip
    assert span["chunk_count"] == 5


def test_output_reducer_gets_every_chunk(recorded: Recorded) -> None:
    """Also those that are chunks of an answer."""

    @trace(output_reducer=len)
    def stream() -> Iterator[Any]:
        yield from OPENAI

    list(stream())
    span = recorded.span("stream")
    assert span["outputs"] == 5
    assert span["input_tokens"] == 9


def test_chunks_of_other_kinds_are_kept_beside_the_text(recorded: Recorded) -> None:
    """Nothing that was said is lost when a stream changes its form."""

    @trace
    def stream() -> Iterator[Any]:
        yield "Hello"
        yield {"sources": [1]}
        yield "!"

    list(stream())
    assert recorded.span("stream")["outputs"] == ["Hello", {"sources": [1]}, "!"]
