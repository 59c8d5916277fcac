"""Amazon Bedrock by boto3, recorded by `autolog`: a stream is measured by its instrumentor's callback."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

MODEL = "anthropic.claude-x"
ASKED: dict[str, Any] = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "hi"}]}]}
MESSAGES = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hi"}],
}
INVOKED = {"modelId": MODEL, "body": json.dumps(MESSAGES)}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client of the models."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    boto3 = autologged("bedrock", "boto3")
    from botocore.config import Config

    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=wire.url,
        region_name="us-east-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


def assert_is_the_answer(span: dict[str, Any]) -> None:
    """Kind, model, provider, tokens and text are right."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert (span["model"], span["provider"]) == (MODEL, "aws")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    assert [span[name] for name in names] == [11, 7, 4, 2]
    assert span["outputs"]["content"][0]["text"] == "Hello you"


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out; tokens of the cache are part of the input."""
    with tracer.start_span("request") as request:
        client.converse(**ASKED)
    span = recorded.span("bedrock.converse")
    assert span["parent_id"] == request.span_id
    assert span["inputs"] == ASKED["messages"]
    assert_is_the_answer(span)


def test_a_stream_is_measured(client: Any, recorded: Recorded) -> None:
    """Its span goes on until the last event, and has the text."""
    with tracer.start_span("request") as request:
        assert len(list(client.converse_stream(**ASKED)["stream"])) == 7
    span = recorded.span("bedrock.converse_stream")
    assert (span["parent_id"], span["chunk_count"]) == (request.span_id, 7)
    assert_is_the_answer(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(client: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    stream = client.converse_stream(**ASKED)["stream"]
    for event in stream:
        if "contentBlockDelta" in event:
            break
    stream.close()
    del stream, event
    gc.collect()
    span = recorded.span("bedrock.converse_stream")
    assert (span["status"], span["outputs"]["content"][0]["text"]) == ("CANCELLED", "Hel")
    assert_ttft_is_of_the_first_content(span)


def test_a_tool_call_is_in_the_answer(client: Any, recorded: Recorded) -> None:
    """The program makes it itself."""
    schema = {"json": {"type": "object", "properties": {"city": {"type": "string"}}}}
    client.converse(**ASKED, toolConfig={"tools": [{"toolSpec": {"name": "weather", "inputSchema": schema}}]})
    (part,) = recorded.span("bedrock.converse")["outputs"]["content"]
    assert (part["toolUse"]["name"], part["toolUse"]["input"]) == ("weather", {"city": "Porto"})


@pytest.mark.parametrize("method", ["converse", "converse_stream"])
def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded, method: str) -> None:
    """It has ended, and reaches the program as it was."""
    from botocore.exceptions import ClientError

    wire.status = 400
    with pytest.raises(ClientError, match="slow down"):
        getattr(client, method)(**ASKED)
    gc.collect()
    span = recorded.span(f"bedrock.{method}")
    assert (span["status"], span["kind"], span["model"]) == ("ERROR", "LLM", MODEL)
    assert "slow down" in span["status_message"]


def assert_is_the_message(span: dict[str, Any]) -> None:
    """Anthropic's answer, with its own name of the model beside the one that was asked for, as of Converse."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert (span["model"], span["response_model"], span["provider"]) == (MODEL, "claude-x-2026-09", "aws")
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    assert [span[name] for name in names] == [17, 7, 4, 2]
    assert span["outputs"]["content"][0]["text"] == "Hello you"


def test_a_model_that_is_invoked_in_its_own_format_is_an_llm_span(client: Any, recorded: Recorded) -> None:
    """As through Converse."""
    assert b"Hello you" in client.invoke_model(**INVOKED)["body"].read()
    assert_is_the_message(recorded.span("bedrock.invoke_model"))


def test_a_stream_in_the_format_of_the_model_is_measured(client: Any, recorded: Recorded) -> None:
    """Its events are JSON within Bedrock's."""
    assert len(list(client.invoke_model_with_response_stream(**INVOKED)["body"])) == 9
    span = recorded.span("bedrock.invoke_model_with_response_stream")
    assert span["chunk_count"] == 9
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)


def test_nothing_is_recorded_after_disable(client: Any, recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.autolog("bedrock", disable=True)
    assert len(list(client.converse_stream(**ASKED)["stream"])) == 7
    assert tracer.flush()
    assert not recorded.path.exists()


def test_cache_writes_of_an_hour_are_priced_as_such(wire: Wire, client: Any, recorded: Recorded) -> None:
    """Bedrock tells them in a list of its own, which its instrumentor leaves out."""
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    usage = {"inputTokens": 10, "outputTokens": 20, "totalTokens": 1_020, "cacheReadInputTokens": 900}
    usage |= {"cacheWriteInputTokens": 90}
    details = {"cacheDetails": [{"ttl": "1h", "inputTokens": 90}]}
    for counts in (usage, {**usage, **details}):
        wire.reply = {
            "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
            "stopReason": "end_turn",
            "usage": counts,
            "metrics": {"latencyMs": 1},
        }
        client.converse(**{**ASKED, "modelId": model})
    short, lasting = (span["cost_usd"] for span in recorded.spans())
    assert lasting > short


def test_an_image_in_the_prompt_is_an_attachment(client: Any, recorded: Recorded) -> None:
    """The client takes bytes."""
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
    content = [{"image": {"format": "png", "source": {"bytes": image}}}, {"text": "what is it?"}]
    client.converse(modelId=MODEL, messages=[{"role": "user", "content": content}])
    ((part, _),) = [message["content"] for message in recorded.span("bedrock.converse")["inputs"]]
    assert part["image"]["source"]["bytes"].startswith("mlflow-attachment://")
    assert [row["bytes"] for row in recorded.rows("SELECT DISTINCT bytes FROM attachments")] == [image]


def test_a_stream_that_breaks_off_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Its events end before the one that says why."""
    delta = {"contentBlockIndex": 0, "delta": {"text": "Hel"}}
    wire.reply = [(0, "messageStart", {"role": "assistant"}), (0, "contentBlockDelta", delta)]
    list(client.converse_stream(**ASKED)["stream"])
    span = recorded.span("bedrock.converse_stream")
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
