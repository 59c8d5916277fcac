"""Gemini by its client, recorded by `autolog`: streams are generators, measured by their instrumentor's proxy."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled_in_turn
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

ASKED = {"model": "gemini-x", "contents": "hi"}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """What has the models, synchronous ones and by `aio` asynchronous ones."""
    genai = autologged("google_genai", "google.genai")
    return genai.Client(api_key="none", http_options=genai.types.HttpOptions(base_url=wire.url))


def assert_is_the_answer(span: dict[str, Any]) -> None:
    """Kind, model, provider, tokens and text are right."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert (span["model"], span["response_model"], span["provider"]) == ("gemini-x", "gemini-x-2026-09", "google")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    assert [span[name] for name in names] == [11, 7, 4, 2]
    assert span["outputs"]["candidates"][0]["content"]["parts"][0]["text"] == "Hello you"


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out."""
    with tracer.start_span("request") as request:
        client.models.generate_content(**ASKED)
    span = recorded.span("GenerateContent")
    assert span["parent_id"] == request.span_id
    assert_is_the_answer(span)


def test_a_stream_is_measured(client: Any, recorded: Recorded) -> None:
    """Its span goes on until the last chunk, and has the text."""
    with tracer.start_span("request") as request:
        assert len(list(client.models.generate_content_stream(**ASKED))) == 3
    span = recorded.span("GenerateContentStream")
    assert (span["parent_id"], span["chunk_count"]) == (request.span_id, 3)
    assert_is_the_answer(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_is_a_generator(client: Any, recorded: Recorded) -> None:
    """As the client gives it; the instrumentor's proxy failed with `next`."""
    stream = client.models.generate_content_stream(**ASKED)
    assert next(stream).text == "Hel"
    assert [chunk.text for chunk in stream] == ["lo", " you"]
    assert_is_the_answer(recorded.span("GenerateContentStream"))


async def test_an_async_stream_is_measured(client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    assert len([chunk async for chunk in await client.aio.models.generate_content_stream(**ASKED)]) == 3
    span = recorded.span("AsyncGenerateContentStream")
    assert span["chunk_count"] == 3
    assert_is_the_answer(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(client: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    stream = client.models.generate_content_stream(**ASKED)
    next(stream)
    del stream
    gc.collect()
    span = recorded.span("GenerateContentStream")
    assert (span["status"], span["chunk_count"]) == ("CANCELLED", 1)
    assert span["outputs"]["candidates"][0]["content"]["parts"][0]["text"] == "Hel"


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_call_is_cancelled(client: Any, wire: Wire, recorded: Recorded, is_stream: bool) -> None:
    """It has ended, and has its kind and model, before the answer and within a stream."""
    models = client.aio.models
    answer = (models.generate_content_stream if is_stream else models.generate_content)(**ASKED)
    await cancelled_in_turn(wire, answer, is_stream=is_stream)
    (span,) = recorded.spans()
    assert (span["status"], span["kind"]) == ("CANCELLED", "LLM")
    assert span["model"].startswith("gemini-x")
    assert tracer.get_current_active_span() is None


@pytest.mark.parametrize("method", ["generate_content", "generate_content_stream"])
def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded, method: str) -> None:
    """It reaches the program as it was."""
    from google.genai.errors import ClientError

    wire.status = 400
    with pytest.raises(ClientError, match="slow down"):
        list(getattr(client.models, method)(**ASKED))
    (span,) = recorded.spans()
    assert (span["status"], span["model"]) == ("ERROR", "gemini-x")
    assert "slow down" in span["status_message"]


def test_a_tool_that_a_chat_calls_is_between_its_calls(client: Any, recorded: Recorded) -> None:
    """The chat itself has no span: they are side by side."""

    def weather(city: str) -> str:
        """The weather of a city."""
        with tracer.start_span("look up"):
            return f"sunny in {city}"

    with tracer.start_span("request") as request:
        assert client.chats.create(model="gemini-x", config={"tools": [weather]}).send_message("hi").text == "Hello you"
    _, asking, look_up, answering = recorded.spans()
    assert [span["parent_id"] for span in (asking, look_up, answering)] == [request.span_id] * 3
    (part,) = asking["outputs"]["candidates"][0]["content"]["parts"]
    assert part["function_call"] == {"name": "weather", "args": {"city": "Porto"}}
    assert look_up["name"] == "look up"
    assert_is_the_answer(answering)


def test_nothing_is_recorded_after_disable(client: Any, recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.autolog("google_genai", disable=True)
    assert len(list(client.models.generate_content_stream(**ASKED))) == 3
    assert tracer.flush()
    assert not recorded.path.exists()


def test_a_prompt_that_was_blocked_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Whole and streamed; so is an answer that a filter withheld, and no answer that reached its limit."""
    blocked: dict[str, Any] = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 1}}
    part = {"content": {"role": "model", "parts": [{"text": "Hel"}]}, "finishReason": "MAX_TOKENS"}
    for reply in (blocked, {"candidates": [{"finishReason": "SAFETY"}]}, {"candidates": [part]}):
        wire.reply = reply
        client.models.generate_content(**ASKED)
        wire.reply = [(0, "", reply)]
        list(client.models.generate_content_stream(**ASKED))
    statuses = [(span["status"], span["status_message"]) for span in recorded.spans()]
    assert statuses[:2] == [("ERROR", "the prompt was blocked: SAFETY")] * 2
    assert statuses[2:4] == [("ERROR", "finish reason: SAFETY")] * 2
    assert statuses[4:] == [("OK", None)] * 2


def test_a_stream_that_breaks_off_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Only its last chunk says why it ends."""
    wire.reply = [(0, "", {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hel"}]}}]})]
    list(client.models.generate_content_stream(**ASKED))
    span = recorded.span("GenerateContentStream")
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")


def test_an_image_in_the_prompt_is_an_attachment(client: Any, recorded: Recorded) -> None:
    """The client has it in base64's alphabet for URLs."""
    from google.genai.types import Part

    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
    contents = [Part.from_bytes(data=image, mime_type="image/png"), "what is it?"]
    client.models.generate_content(model="gemini-x", contents=contents)
    ((part, _),) = [content["parts"] for content in recorded.span("GenerateContent")["inputs"]["contents"]]
    assert part["inline_data"]["data"].startswith("mlflow-attachment://")
    assert [row["bytes"] for row in recorded.rows("SELECT DISTINCT bytes FROM attachments")] == [image]
