"""Failures that a provider reports with an HTTP 200, streams that break off, and reasoning, in every wire format."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tests.tracer.formats.test_accumulator import (
    ANTHROPIC,
    CONVERSE,
    GEMINI,
    GEMINI_THOUGHT,
    MISTRAL,
    OPENAI,
    RESPONSES,
    as_object,
    openai_chunk,
)
from tracetui.tracer import trace
from tracetui.tracer.answers.text_buffer import Room
from tracetui.tracer.formats.accumulator import Accumulator


def joined(chunks: list[Any], form: Any = dict) -> Accumulator:
    """The answer that these chunks make."""
    answer = Accumulator(Room(1 << 20))
    for chunk in chunks:
        answer.take(form(chunk))
    return answer


def streamed(recorded: Recorded, chunks: list[Any]) -> dict[str, Any]:
    """The span of a traced generator that hands these chunks on."""

    @trace(span_type="LLM")
    def stream() -> Iterator[Any]:
        yield from map(as_object, chunks)

    list(stream())
    return recorded.span("stream")


FAILURES: dict[str, tuple[list[Any], str]] = {
    "response failed": (
        [
            *RESPONSES[:3],
            {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "broke"}}},
        ],
        "server_error: broke",
    ),
    "response without a cause": (
        [*RESPONSES[:3], {"type": "response.failed", "response": {"error": None}}],
        "the response failed",
    ),
    "responses error event": (
        [*RESPONSES[:3], {"type": "error", "code": "rate_limited", "message": "slow down", "param": None}],
        "rate_limited: slow down",
    ),
    "anthropic error event": (
        [*ANTHROPIC[:4], {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
        "overloaded_error: Overloaded",
    ),
    "error in place of a chunk": (
        [*OPENAI[:2], {"error": {"code": 502, "message": "provider went away"}}],
        "502: provider went away",
    ),
    "error in a choice": (
        [
            *OPENAI[:2],
            {
                "choices": [
                    {"delta": {}, "finish_reason": "error", "error": {"code": 429, "message": "quota is used up"}}
                ]
            },
        ],
        "429: quota is used up",
    ),
    "error beside the choices": (
        [*OPENAI[:2], {**openai_chunk(), "error": {"message": "provider went away"}}],
        "provider went away",
    ),
    "groq": (
        [*OPENAI[:2], {**openai_chunk(), "x_groq": {"id": "req", "error": "over capacity"}}],
        "over capacity",
    ),
    "mistral": (
        [*MISTRAL[:2], {"data": {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}}],
        "finish reason: error",
    ),
    "gemini prompt": (
        [{"candidates": None, "prompt_feedback": {"block_reason": "SAFETY"}, "usage_metadata": None}],
        "the prompt was blocked: SAFETY",
    ),
    "gemini answer": (
        [{"candidates": [{"content": None, "finish_reason": "SAFETY"}], "model_version": "g"}],
        "finish reason: SAFETY",
    ),
    "gemini call": (
        [GEMINI[1], {"candidates": [{"content": None, "finish_reason": "MALFORMED_FUNCTION_CALL"}]}],
        "finish reason: MALFORMED_FUNCTION_CALL",
    ),
}


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
@pytest.mark.parametrize(("chunks", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failure_in_a_stream_is_seen(chunks: list[Any], message: str, form: Any) -> None:
    """Wherever its provider puts it; the answer ends with it."""
    answer = joined(chunks, form)
    assert answer.failure == message
    assert answer.is_complete


def test_an_exception_event_of_bedrock_is_a_failure() -> None:
    """Some of its clients hand them on instead of raising."""
    failed = {"modelStreamErrorException": {"message": "the model stopped", "originalStatusCode": 500}}
    assert joined([*CONVERSE[:2], failed]).failure == "modelStreamErrorException: the model stopped"


@pytest.mark.parametrize("name", ["response failed", "anthropic error event", "error in a choice", "gemini prompt"])
def test_a_stream_that_reports_a_failure_is_an_error(recorded: Recorded, name: str) -> None:
    """With its message and what had arrived."""
    chunks, message = FAILURES[name]
    span = streamed(recorded, chunks)
    assert (span["status"], span["status_message"]) == ("ERROR", message)


@pytest.mark.parametrize(
    "chunks", [OPENAI, RESPONSES, ANTHROPIC, MISTRAL], ids=["openai", "responses", "anthropic", "mistral"]
)
def test_a_stream_that_breaks_off_is_an_error(recorded: Recorded, chunks: list[Any]) -> None:
    """A connection that is closed early looks like the end of the stream: only the reason to finish is missing."""
    span = streamed(
        recorded, chunks[:4] if chunks is ANTHROPIC else chunks[:2] if chunks is not RESPONSES else chunks[:3]
    )
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
    assert "Hel" in span["outputs"]


@pytest.mark.parametrize("is_delegated", [False, True])
def test_a_generator_that_leaves_its_stream_has_not_broken_off(recorded: Recorded, is_delegated: bool) -> None:
    """The program has what it wanted; nobody knows that the stream would not have gone on."""

    @trace(span_type="LLM")
    def first_words() -> Iterator[Any]:
        if is_delegated:
            yield from islice(map(as_object, OPENAI), 2)
            return
        for place, chunk in enumerate(map(as_object, OPENAI)):
            if place == 2:
                break
            yield chunk

    list(first_words())
    assert recorded.span("first_words")["status"] == "OK"


def test_a_stream_of_content_alone_is_none_that_breaks_off(recorded: Recorded) -> None:
    """A program that leaves out chunks without content leaves out the reason to finish as well."""
    assert streamed(recorded, OPENAI[1:3])["status"] == "OK"


def test_a_reader_that_leaves_after_a_failure_saw_an_error(recorded: Recorded) -> None:
    """It leaves because of it."""

    @trace(span_type="LLM")
    def stream() -> Iterator[Any]:
        yield from FAILURES["response failed"][0]

    for event in stream():
        if event["type"] == "response.failed":
            break
    assert recorded.span("stream")["status"] == "ERROR"


@pytest.mark.parametrize(
    ("chunks", "reason"),
    [
        (OPENAI, "stop"),
        (ANTHROPIC, "end_turn"),
        (CONVERSE, "end_turn"),
        (GEMINI, "STOP"),
        (
            [
                *RESPONSES[:3],
                {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}},
            ],
            "max_output_tokens",
        ),
    ],
    ids=["openai", "anthropic", "bedrock", "gemini", "responses"],
)
def test_the_reason_to_finish_is_kept(recorded: Recorded, chunks: list[Any], reason: str) -> None:
    """An answer that reached a limit of tokens is one."""

    @trace(span_type="LLM")
    def stream() -> Iterator[Any]:
        yield from chunks

    list(stream())
    span = recorded.span("stream")
    assert (span["status"], span["attributes"]["gen_ai.response.finish_reasons"]) == ("OK", [reason])


REASONING = {
    "deepseek": [
        openai_chunk(role="assistant", content=None, reasoning_content="Be"),
        openai_chunk(reasoning_content="cause"),
    ],
    "groq": [openai_chunk(reasoning="Be"), openai_chunk(reasoning="cause")],
    "openrouter": [
        openai_chunk(reasoning=text, reasoning_details=[{"type": "reasoning.text", "text": text}])
        for text in ("Be", "cause")
    ],
    "details alone": [
        openai_chunk(reasoning_details=[{"type": "reasoning.text", "text": "Be"}]),
        openai_chunk(reasoning_details=[{"type": "reasoning.summary", "summary": "cause"}]),
    ],
    "mistral": [
        openai_chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "Be"}]}]),
        openai_chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "cause"}]}]),
    ],
    "anthropic": [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": text}}
        for text in ("Be", "cause")
    ],
    "responses": [
        {"type": "response.reasoning_summary_text.delta", "delta": "Be"},
        {"type": "response.reasoning_text.delta", "delta": "cause"},
    ],
    "gemini": [{"candidates": [{"content": {"parts": [{"text": text, "thought": True}]}}]} for text in ("Be", "cause")],
    "langchain of anthropic": [
        {"type": "AIMessageChunk", "content": [{"type": "thinking", "thinking": text}]} for text in ("Be", "cause")
    ],
    "langchain of openai": [
        {"type": "AIMessageChunk", "content": [{"type": "reasoning", "summary": [{"text": text}]}]}
        for text in ("Be", "cause")
    ],
}


@pytest.mark.parametrize("form", [dict, as_object], ids=["dicts", "objects"])
@pytest.mark.parametrize("chunks", REASONING.values(), ids=REASONING)
def test_reasoning_is_kept_and_is_content(chunks: list[Any], form: Any) -> None:
    """The first token is the first that the model thought."""
    answer = Accumulator(Room(1 << 20))
    assert [answer.take(form(chunk)) for chunk in chunks] == [True, True]
    assert answer.value() == {"content": "", "reasoning": "Because"}


def test_reasoning_beside_the_content_of_a_message_is_kept() -> None:
    """As LangChain has that of DeepSeek and the summaries of OpenAI."""
    for extra in ({"reasoning_content": "Hm."}, {"reasoning": {"summary": [{"text": "Hm."}]}}):
        answer = Accumulator(Room(1 << 20))
        assert answer.take({"type": "AIMessageChunk", "content": "", "additional_kwargs": extra})
        assert answer.value() == {"content": "", "reasoning": "Hm."}


def test_reasoning_of_bedrock_is_kept() -> None:
    """Beside the text."""
    thought = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm."}}}}
    assert joined([CONVERSE[0], thought, *CONVERSE[1:]]).value() == {"content": "Hello", "reasoning": "Hm."}


def test_thoughts_of_gemini_are_no_text() -> None:
    """They are told apart by a mark."""
    assert joined(GEMINI_THOUGHT).value() == {"content": "Hello", "reasoning": "Hm."}


def test_what_is_spoken_is_kept() -> None:
    """A recording arrives with its transcript, piece by piece."""
    spoken = [openai_chunk(audio={"id": "a", "transcript": text}) for text in ("Hel", "lo")]
    answer = Accumulator(Room(1 << 20))
    assert [answer.take(chunk) for chunk in spoken] == [True, True]
    assert answer.value() == {"content": "", "audio": {"transcript": "Hello"}}


WHOLE_FAILURES = {
    "response": ({"object": "response", "status": "failed", "error": {"code": "c", "message": "broke"}}, "c: broke"),
    "openrouter": ({"id": None, "choices": None, "error": {"code": 402, "message": "no credits"}}, "402: no credits"),
    "choice": (
        {
            "object": "chat.completion",
            "choices": [{"finish_reason": "error", "error": {"message": "broke"}, "message": {"content": ""}}],
            "usage": None,
        },
        "broke",
    ),
    "filter": (
        {"choices": [{"finish_reason": "content_filter", "message": {"content": None}}], "usage": None},
        "finish reason: content_filter",
    ),
    "gemini prompt": (
        {"candidates": None, "prompt_feedback": {"block_reason": "OTHER"}, "usage_metadata": None},
        "the prompt was blocked: OTHER",
    ),
    "gemini answer": (
        {"candidates": [{"content": {"parts": None}, "finish_reason": "RECITATION"}], "usage_metadata": None},
        "finish reason: RECITATION",
    ),
    "bedrock": (
        {"output": {"message": {"content": []}}, "stopReason": "guardrail_intervened", "usage": {}},
        "finish reason: guardrail_intervened",
    ),
}


@pytest.mark.parametrize(("answer", "message"), WHOLE_FAILURES.values(), ids=WHOLE_FAILURES)
def test_a_function_whose_answer_reports_a_failure_is_an_error(
    recorded: Recorded, answer: dict[str, Any], message: str
) -> None:
    """Though it raises nothing."""

    @trace
    def ask() -> Any:
        return answer

    ask()
    span = recorded.span("ask")
    assert (span["status"], span["status_message"], span["outputs"]) == ("ERROR", message, answer)


@pytest.mark.parametrize(
    "result",
    [
        {"error": {"message": "no such city"}},
        {"error": "no such city", "choices": ["Porto", "Rome"]},
        {
            "object": "response",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
            "model": "m",
        },
        {"choices": [{"finish_reason": "content_filter", "message": {"content": "Half an"}}], "usage": None},
        {"choices": [{"finish_reason": "length", "message": {"content": ""}}], "usage": None},
        {"object": "chat.completion", "error": None, "choices": [], "usage": None},
    ],
)
def test_an_answer_that_is_there_is_no_error(recorded: Recorded, result: dict[str, Any]) -> None:
    """Cut short by a limit or a filter, refused by the model; nor is what a tool says of its own errors."""

    @trace
    def ask() -> Any:
        return result

    ask()
    assert recorded.span("ask")["status"] == "OK"


def test_the_status_that_a_program_sets_goes_before(recorded: Recorded) -> None:
    """It has looked at the answer itself."""
    from tracetui.tracer import start_span

    with start_span("ask", "LLM") as span:
        span.set_outputs(WHOLE_FAILURES["response"][0])
        span.set_status("OK")
    assert recorded.span("ask")["status"] == "OK"


def test_an_answer_without_counts_tells_its_model(recorded: Recorded) -> None:
    """As servers on one's own machine give it."""

    @trace
    def ask() -> Any:
        return {"object": "chat.completion", "model": "local-7b", "choices": [{"message": {"content": "Hi"}}]}

    ask()
    assert recorded.span("ask")["model"] == "local-7b"
    quiz = {"model": "quiz", "choices": ["Paris", "Rome"], "usage": None}

    @trace
    def play() -> Any:
        return quiz

    play()
    assert recorded.span("play")["model"] is None
