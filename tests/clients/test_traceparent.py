"""`autolog(..., traceparent=True)`: requests of recorded clients carry the ids of the trace that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

pytest.importorskip("openinference.instrumentation.openai", reason="extra `clients`")

QUESTION = [{"role": "user", "content": "hi"}]
HEADER = "traceparent"


@pytest.fixture
def asked_for() -> Iterator[Callable[[str], None]]:
    """Lets requests of a client carry the trace, until the test is over."""
    yield lambda client: tracer.autolog(client, traceparent=True)
    tracer.autolog("openai", traceparent=False)


def headers_sent(wire: Wire) -> list[str | None]:
    """What each request had as `traceparent`."""
    return [
        next((value for name, value in request["headers"].items() if name.lower() == HEADER), None)
        for request in wire.requests
    ]


def headers_of(spans: list[dict[str, Any]]) -> list[str]:
    """What names each of the spans."""
    return [f"00-{span['trace_id']}-{span['span_id']}-01" for span in spans]


def test_requests_carry_the_trace_when_asked_for(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded, asked_for: Callable[[str], None]
) -> None:
    """The header names the span of the call; a header of the program's own stays."""
    with autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:

        def ask(**given: Any) -> None:
            client.chat.completions.create(model="gpt-x", messages=QUESTION, **given)

        ask()
        asked_for("openai")
        ask()
        ask(extra_headers={HEADER: "mine"})
        tracer.autolog("openai", traceparent=False)
        ask()
    assert headers_sent(wire) == [None, *headers_of(recorded.spans()[1:2]), "mine", None]


async def test_requests_of_an_asynchronous_client_carry_the_trace(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded, asked_for: Callable[[str], None]
) -> None:
    """Answered whole and streamed, alone and below a span of the program's."""
    openai = autologged("openai")
    asked_for("openai")
    async with openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        await client.chat.completions.create(model="gpt-x", messages=QUESTION)
        with tracer.start_span("around"):
            await client.responses.create(model="gpt-x", input="hi")
        stream = await client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True)
        async for _ in stream:
            pass
    calls = [span for span in recorded.spans() if span["kind"] == "LLM"]
    assert len(calls) == 3
    assert headers_sent(wire) == headers_of(calls)


async def test_a_gateway_is_told_the_trace_by_other_clients_too(
    wire: Wire, autologged: Callable[..., Any], recorded: Recorded, asked_for: Callable[[str], None]
) -> None:
    """Anthropic's asynchronous client sends by httpx as well."""
    anthropic = autologged("anthropic")
    asked_for("anthropic")
    async with anthropic.AsyncAnthropic(base_url=wire.url, api_key="none", max_retries=0) as client:
        await client.messages.create(model="claude-x", max_tokens=64, messages=QUESTION)
    assert headers_sent(wire) == headers_of(recorded.spans())
