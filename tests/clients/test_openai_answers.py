"""What the answers of OpenAI say, recorded by `autolog`: failures inside an HTTP 200, cut streams, joined chunks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.recorded import Recorded

QUESTION = [{"role": "user", "content": "hi"}]


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The synchronous client."""
    with autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The asynchronous client."""
    return autologged("openai").AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)


def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[float, str, Any]:
    """An event with a chunk of a chat."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return 0, "", {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x", "choices": [choice]}


def test_a_streamed_chat_reads_as_a_whole_completion(client: Any, wire: Wire, recorded: Recorded) -> None:
    """With its role, its reasoning and all that was spoken."""
    wire.reply = [
        chunk({"reasoning_content": "Hm, "}),
        chunk({"reasoning_content": "well."}),
        chunk({"audio": {"id": "a", "transcript": "Hel"}}),
        chunk({"audio": {"transcript": "lo"}}),
        chunk({"audio": {"data": "AAAA"}}),
        chunk({}, "stop"),
        (0, "", "[DONE]"),
    ]
    list(client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True))
    answer = recorded.span("ChatCompletion")["outputs"]
    assert (answer["object"], answer["id"], answer["created"]) == ("chat.completion", "c", 1)
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {
        "role": "assistant",
        "reasoning_content": "Hm, well.",
        "audio": {"id": "a", "transcript": "Hello"},
    }


FAILED = {"id": "r", "object": "response", "created_at": 1, "model": "gpt-x", "status": "failed", "output": [],
          "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
          "error": {"code": "server_error", "message": "it broke"}}  # fmt: skip
BEGUN = (0, "response.created", {"type": "response.created", "response": {**FAILED, "status": "in_progress"}})


def test_a_response_that_failed_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Whole, by its last event, and by an event of its own; the program gets it with an HTTP 200."""
    wire.reply = FAILED
    client.responses.create(model="gpt-x", input="hi")
    wire.reply = [BEGUN, (0, "response.failed", {"type": "response.failed", "response": FAILED})]
    list(client.responses.create(model="gpt-x", input="hi", stream=True))
    wire.reply = [BEGUN, (0, "error", {"type": "error", "sequence_number": 1, **FAILED["error"]})]  # type: ignore[dict-item]
    list(client.responses.create(model="gpt-x", input="hi", stream=True))
    statuses = [(span["status"], span["status_message"]) for span in recorded.spans()]
    assert statuses == [("ERROR", "server_error: it broke")] * 3


def test_a_response_that_reached_its_limit_is_none(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It says why it ends."""
    details = {"status": "incomplete", "error": None, "incomplete_details": {"reason": "max_output_tokens"}}
    ended = {"type": "response.incomplete", "response": {**FAILED, **details}}
    wire.reply = [BEGUN, (0, "response.incomplete", ended)]
    list(client.responses.create(model="gpt-x", input="hi", stream=True))
    span = recorded.span("Response")
    assert span["status"] == "OK"
    assert span["attributes"]["gen_ai.response.finish_reasons"] == ["max_output_tokens"]


def test_a_response_that_a_filter_withheld_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Whole and streamed, where nothing of it is left; a part of an answer is one."""
    withheld = {**FAILED, "status": "incomplete", "error": None, "incomplete_details": {"reason": "content_filter"}}
    wire.reply = withheld
    client.responses.create(model="gpt-x", input="hi")
    wire.reply = [BEGUN, (0, "response.incomplete", {"type": "response.incomplete", "response": withheld})]
    list(client.responses.create(model="gpt-x", input="hi", stream=True))
    part = {"type": "output_text", "text": "Hel", "annotations": []}
    message = {"id": "m", "type": "message", "role": "assistant", "status": "incomplete", "content": [part]}
    wire.reply = {**withheld, "output": [message]}
    client.responses.create(model="gpt-x", input="hi")
    statuses = [(span["status"], span["status_message"]) for span in recorded.spans()]
    assert statuses == [("ERROR", "finish reason: content_filter")] * 2 + [("OK", None)]


async def test_a_stream_that_breaks_off_is_an_error(
    client: Any, async_client: Any, wire: Wire, recorded: Recorded
) -> None:
    """Its client takes a connection that is closed early for the end."""
    wire.reply = [chunk({"role": "assistant", "content": "Hel"})]
    list(client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True))
    async for _ in await async_client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True):
        pass
    for span in recorded.spans():
        assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
        assert span["outputs"]["choices"][0]["message"]["content"] == "Hel"
