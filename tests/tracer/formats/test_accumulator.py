"""Answers put together from chunks, in the forms that providers send them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tests.tracer.streams.test_generators import Hands, hands
from tracetui.tracer import trace
from tracetui.tracer.answers.text_buffer import Room, Text
from tracetui.tracer.formats.accumulator import Accumulator

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
ANTHROPIC: list[dict[str, Any]] = [
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
    {"type": "AIMessageChunk", "content": "", "response_metadata": {"model_name": "gpt-4o-2026"}},
    {"type": "AIMessageChunk", "content": "", "usage_metadata": {"input_tokens": 9, "output_tokens": 0}},
    {"type": "AIMessageChunk", "content": "", "usage_metadata": {"input_tokens": 0, "output_tokens": 2}},
]


def gemini_chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate = {"index": 0, "content": {"role": "model", "parts": list(parts)}, "finish_reason": finish}
    return {"candidates": [candidate], "model_version": "gemini-2.5-flash", "response_id": "r-1", **more}


GEMINI = [
    gemini_chunk(usage_metadata={"prompt_token_count": 9}),
    gemini_chunk({"text": "Hel"}, usage_metadata={"prompt_token_count": 9, "candidates_token_count": 1}),
    gemini_chunk({"text": "lo"}, finish="STOP", usage_metadata={"prompt_token_count": 9, "candidates_token_count": 2}),
]
GEMINI_TOOL = [gemini_chunk({"text": None, "function_call": {"id": None, "name": "go", "args": {"to": 1}}})]
GEMINI_THOUGHT = [gemini_chunk({"text": "Hm.", "thought": True}), gemini_chunk({"text": "Hello"})]
CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Hel"}}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "lo"}}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11}, "metrics": {"latencyMs": 3}}},
]
CONVERSE_TOOL = [
    {"contentBlockStart": {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t-1", "name": "go"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"to":'}}}},
    {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"toolUse": {"input": " 1}"}}}},
]
MISTRAL = [
    *({"data": chunk} for chunk in OPENAI[:-1]),
    {"data": {**OPENAI[3], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}},
]
GROQ = [*OPENAI[:-2], {**OPENAI[3], "x_groq": {"id": "req", "usage": {"prompt_tokens": 9, "completion_tokens": 2}}}]


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
@pytest.mark.parametrize(
    ("chunks", "first"),
    [
        *((OPENAI, 1), (COMPLETION, 1), (RESPONSES, 2), (ANTHROPIC, 3), (LANGCHAIN, 1)),
        *((GEMINI, 1), (MISTRAL, 1)),
    ],
    ids=["openai", "completion", "responses", "anthropic", "langchain", "gemini", "mistral"],
)
def test_text_is_joined_and_the_first_content_known(chunks: list[Any], first: int, form: Any) -> None:
    """What opens a stream, counts it up or ends it is no content."""
    answer = Accumulator(Room(1 << 20))
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
        (GEMINI_TOOL, {"name": "go", "arguments": '{"to": 1}'}),
    ],
    ids=["openai", "responses", "anthropic", "gemini"],
)
def test_tool_calls_are_put_together(chunks: list[Any], call: dict[str, str], form: Any) -> None:
    """Their arguments arrive in pieces."""
    answer = Accumulator(Room(1 << 20))
    assert True in list(map(answer.take, map(form, chunks)))
    assert answer.value() == {"content": "", "tool_calls": [call]}


@pytest.mark.parametrize(
    ("chunks", "model", "usage"),
    [
        (OPENAI, "gpt-4o-2026-05-13", OPENAI[-1]["usage"]),
        (RESPONSES, "gpt-5", {"input_tokens": 9, "output_tokens": 2}),
        (ANTHROPIC, "claude-sonnet-4", {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 2}),
        (LANGCHAIN, "gpt-4o-2026", {"input_tokens": 9, "output_tokens": 2}),
        (GEMINI, "gemini-2.5-flash", {"prompt_token_count": 9, "candidates_token_count": 2}),
        (MISTRAL, "gpt-4o-2026-05-13", {"prompt_tokens": 9, "completion_tokens": 2}),
        (GROQ, "gpt-4o-2026-05-13", {"prompt_tokens": 9, "completion_tokens": 2}),
    ],
    ids=["openai", "responses", "anthropic", "langchain", "gemini", "mistral", "groq"],
)
def test_model_and_usage_are_taken_wherever_they_come(chunks: list[Any], model: str | None, usage: Any) -> None:
    """Anthropic counts the input at the start and the output at the end; OpenAI in a last chunk without choices."""
    answer = Accumulator(Room(1 << 20))
    for chunk in chunks:
        answer.take(chunk)
    assert (answer.model, answer.usage) == (model, usage)


@pytest.mark.parametrize(
    ("first", "second", "usage"),
    [
        (
            [{**chunk, "id": "chatcmpl-1"} for chunk in OPENAI],
            [{**chunk, "id": "chatcmpl-2"} for chunk in OPENAI],
            {"prompt_tokens": 18, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 8}},
        ),
        (RESPONSES, RESPONSES, {"input_tokens": 18, "output_tokens": 4}),
        (ANTHROPIC, ANTHROPIC, {"input_tokens": 18, "cache_read_input_tokens": 8, "output_tokens": 4}),
        (LANGCHAIN, LANGCHAIN, {"input_tokens": 18, "output_tokens": 4}),
        (
            GEMINI,
            [{**chunk, "response_id": "r-2"} for chunk in GEMINI],
            {"prompt_token_count": 18, "candidates_token_count": 4},
        ),
    ],
    ids=["openai", "responses", "anthropic", "langchain", "gemini"],
)
def test_tokens_of_several_calls_are_added_up(first: list[Any], second: list[Any], usage: Any) -> None:
    """An agent hands on the chunks of all its calls as one stream."""
    answer = Accumulator(Room(1 << 20))
    for chunk in [*first, *second]:
        answer.take(chunk)
    assert answer.usage == usage


def test_the_events_of_bedrock_are_an_answer() -> None:
    """They are dicts, whatever client reads them."""
    answer = Accumulator(Room(1 << 20))
    complete = []
    for event, has_content in zip(CONVERSE, [False, True, True, False, False, False], strict=True):
        assert answer.take(event) is has_content
        complete.append(answer.is_complete)
    assert complete == [False, False, False, False, True, True]
    assert (answer.value(), answer.usage) == ("Hello", {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11})
    answer = Accumulator(Room(1 << 20))
    assert [answer.take(event) for event in CONVERSE_TOOL] == [False, True, True]
    assert answer.value() == {"content": "", "tool_calls": [{"id": "t-1", "name": "go", "arguments": '{"to": 1}'}]}


def test_a_server_that_numbers_every_chunk_is_counted_once() -> None:
    """A new id alone makes no new call: the answer before it has to be complete."""
    answer = Accumulator(Room(1 << 20))
    for place, chunk in enumerate(OPENAI):
        answer.take({**chunk, "id": f"chunk-{place}", "usage": {"prompt_tokens": 9, "completion_tokens": place}})
    assert answer.usage == {"prompt_tokens": 9, "completion_tokens": 4}


WHOLE = {"model": "gpt-4o", "choices": [{"index": 0, "message": {"content": "Paris"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    "chunk",
    [
        *({"token": "a"}, 7, b"a", None, object(), {"type": 1}, {"type": "other"}, ["a"]),
        *({"type": "message_sent", "message": "a"}, {"type": "message_start"}, {"type": "text", "text": "a"}),
        *({"type": "response.mine", "delta": "a"}, {"type": "ping"}, {"question": "?", "choices": ["a", "b"]}),
        *({"choices": [], "question": "?"}, {"candidates": ["a", "b"]}, {"candidates": [], "question": "?"}),
        *({"data": {"choices": ["a"]}}, {"data": "a"}, {"metadata": 1, "text": "a"}),
    ],
)
def test_other_chunks_are_none_of_an_answer(chunk: Any) -> None:
    """They are left to who knows them."""
    answer = Accumulator(Room(1 << 20))
    assert answer.take(chunk) is None
    assert not answer.is_complete


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
    answer = Accumulator(Room(1 << 20))
    answer.take(chunk)
    answer.take(as_object(chunk))
    answer.value()  # must not raise


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
def test_each_of_several_answers_is_put_together(form: Any) -> None:
    """With `n=2` the chunks of both come in turn."""
    answer = Accumulator(Room(1 << 20))
    for index, text in ((0, "Hel"), (1, "Good"), (0, "lo"), (1, "bye")):
        assert answer.take(form({"choices": [{"index": index, "delta": {"content": text}}]}))
    assert answer.value() == ["Hello", "Goodbye"]


def call_part(**part: Any) -> dict[str, Any]:
    """A part of a tool call as LangChain and, with `function`, OpenAI have it."""
    own: dict[str, Any] = {key: part[key] for key in ("index", "id") if key in part}
    return {**own, "function": {key: part[key] for key in ("name", "arguments") if key in part}}


@pytest.mark.parametrize(
    "parts",
    [
        [[call_part(id="a", name="go", arguments="{}"), call_part(id="b", name="stop", arguments="{}")]],
        [[call_part(name="go", arguments="{}"), call_part(name="stop", arguments="{}")]],
        [
            [call_part(index=0, id="a", name="go", arguments="{")],
            [call_part(index=0, arguments="}")],
            [call_part(index=0, id="b", name="stop", arguments="{")],
            [call_part(index=0, arguments="}")],
        ],
    ],
    ids=["without index", "names alone", "one index for all"],
)
def test_tool_calls_are_told_apart_whatever_a_server_numbers_them(parts: list[Any]) -> None:
    """Servers that imitate OpenAI's leave the index out, or give every call the same."""
    answer = Accumulator(Room(1 << 20))
    for calls in parts:
        assert answer.take(
            openai_chunk(content="So: ", tool_calls=calls) if calls is parts[0] else openai_chunk(tool_calls=calls)
        )
    value = answer.value()
    assert value["content"] == "So: "
    assert [(call["name"], call["arguments"]) for call in value["tool_calls"]] == [("go", "{}"), ("stop", "{}")]


def test_content_in_parts_refusals_and_functions_are_taken() -> None:
    """Forms of text and of calls that are rarer."""
    for delta, value in (
        ({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Hi"}]}, "Hi"),
        ({"refusal": "I cannot"}, "I cannot"),
        (
            {"function_call": {"name": "go", "arguments": "{}"}},
            {"content": "", "tool_calls": [{"name": "go", "arguments": "{}"}]},
        ),
    ):
        answer = Accumulator(Room(1 << 20))
        assert answer.take(openai_chunk(**delta))
        assert answer.value() == value


def test_events_of_the_clients_helpers_are_counted_once(recorded: Recorded) -> None:
    """They repeat all that came before with every chunk: that is not kept a thousand times."""

    @trace
    def anthropic() -> Iterator[Any]:
        for chunk in ANTHROPIC:
            yield as_object(chunk)
            if "text" in chunk.get("delta", {}):
                yield SimpleNamespace(type="text", text=chunk["delta"]["text"], snapshot="all so far")

    @trace
    def openai() -> Iterator[Any]:
        for chunk in OPENAI:
            yield SimpleNamespace(type="chunk", chunk=as_object(chunk), snapshot="all so far")
            yield SimpleNamespace(type="content.delta", delta="x", snapshot="all so far")

    list(anthropic())
    list(openai())
    assert (recorded.span("anthropic")["outputs"], recorded.span("openai")["outputs"]) == ("Hello", "Hello")
    assert recorded.span("openai")["input_tokens"] == 9


def test_whole_completions_are_kept_whole(recorded: Recorded) -> None:
    """A generator of completed answers, or of things that only look like chunks, loses none of them."""
    quiz = {"question": "Capital of France?", "choices": ["Paris", "Rome"]}

    @trace
    def answers() -> Iterator[Any]:
        yield WHOLE
        yield quiz

    list(answers())
    assert recorded.span("answers")["outputs"] == [WHOLE, quiz]


class Samples(list[int]):
    """As arrays of numbers do, it compares element by element and has no truth."""

    def __eq__(self, other: object) -> Any:
        return Samples(self)

    def __ne__(self, other: object) -> Any:
        return Samples(self)

    def __bool__(self) -> bool:
        raise ValueError("the truth of an array is ambiguous")

    __hash__ = None


def test_arrays_are_chunks_too(recorded: Recorded, hands: Hands) -> None:
    """A stream of audio is measured like any other."""

    @trace
    def audio() -> Iterator[Any]:
        for _ in range(3):
            hands.pass_ms(10)
            yield Samples([1, 2])

    list(audio())
    span = recorded.span("audio")
    assert (span["chunk_count"], span["ttft_ms"], span["outputs"]) == (3, 10, [[1, 2]] * 3)


@given(st.lists(st.text(max_size=3), max_size=600))
def test_text_is_its_pieces(pieces: list[str]) -> None:
    """However many there are."""
    text = Text(Room(1 << 20))
    for piece in pieces:
        text.add(piece)
    assert str(text) == "".join(pieces)
    assert len(text._pieces[1]) < 256


@given(st.lists(st.text(max_size=3), max_size=600), st.integers(0, 40))
def test_a_text_is_its_first_pieces_when_there_is_no_more_room(pieces: list[str], chars: int) -> None:
    """The rest is counted."""
    room = Room(chars)
    text = Text(room)
    for piece in pieces:
        text.add(piece)
    kept = pieces[: len(pieces) - room.refused]
    assert str(text) == "".join(kept)
    assert len("".join(kept)) < chars + 3
    assert not room.refused or len("".join(kept)) >= chars


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


@pytest.mark.parametrize(("reason", "is_the_last"), [("stop", True), ("length", True), ("", False), (None, False)])
def test_an_empty_reason_to_finish_is_none(reason: str | None, is_the_last: bool) -> None:
    """LocalAI sends "" where OpenAI sends null: who leaves there has left the stream early."""
    answer = Accumulator(Room(1 << 20))
    answer.take({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    assert answer.is_complete is is_the_last


TRANSCRIPT = [
    {"type": "transcript.text.delta", "delta": "Hel"},
    {"type": "transcript.text.delta", "delta": "lo"},
    {"type": "transcript.text.done", "text": "Hello", "usage": {"input_tokens": 9, "output_tokens": 2}},
]


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
def test_a_streamed_transcription_is_its_text_and_usage(form: Any) -> None:
    """The last event says all of the text again; alone, it is the text."""
    answer = Accumulator(Room(1_000))
    assert [answer.take(form(event)) for event in TRANSCRIPT] == [True, True, False]
    assert answer.value() == "Hello"
    assert answer.usage == {"input_tokens": 9, "output_tokens": 2}
    assert answer.is_complete
    alone = Accumulator(Room(1_000))
    assert alone.take(form(TRANSCRIPT[-1])) is True
    assert alone.value() == "Hello"


@pytest.mark.parametrize("call", ["image_generation", "image_edit"])
def test_a_streamed_image_is_a_file_whose_tokens_are_those_of_images(call: str) -> None:
    """So the output has the price of drawn tokens, as when the image is not streamed."""
    answer = Accumulator(Room(1_000))
    usage = {"input_tokens": 10, "output_tokens": 1_000, "total_tokens": 1_010}
    assert answer.take({"type": f"{call}.partial_image", "b64_json": "aGk="}) is True
    assert answer.is_cut
    assert answer.take({"type": f"{call}.completed", "b64_json": "aGkh", "usage": usage}) is True
    assert answer.value() == {"content": "", "files": [{"b64_json": "aGk="}, {"b64_json": "aGkh"}]}
    assert answer.usage == {**usage, "output_tokens_details": {"image_tokens": 1_000}}
    assert not answer.is_cut


def test_usage_that_stands_in_a_choice_is_taken() -> None:
    """Moonshot's streams have it there."""
    answer = Accumulator(Room(1_000))
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 4}
    answer.take({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage}]})
    assert answer.usage == usage


def test_an_input_of_no_tokens_is_one_that_nobody_told() -> None:
    """LangChain says 0 where Anthropic's last event has the output alone."""
    answer = Accumulator(Room(1_000))
    usage = {"input_tokens": 0, "output_tokens": 20, "total_tokens": 20}
    answer.take({"type": "AIMessageChunk", "content": "hi", "usage_metadata": usage})
    assert answer.usage == {"output_tokens": 20}
