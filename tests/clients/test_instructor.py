"""Instructor, recorded by `autolog`: it tells of its own steps, and the client below of the model calls."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer


class City(BaseModel):
    city: str = ""


ASKED = {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}], "response_model": City}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """Both recorded."""
    instructor = autologged("instructor")
    openai = autologged("openai")
    with openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        yield instructor.from_openai(client)


@pytest.fixture
def async_client(openai_below: Any, autologged: Callable[..., Any]) -> Any:
    """Both recorded."""
    instructor = autologged("instructor")
    autologged("openai")
    return instructor.from_openai(openai_below)


def assert_is_a_step_with_its_call(step: dict[str, Any], call: dict[str, Any], status: str) -> None:
    """The step asks for no tokens of its own: they are those of the model call below it."""
    assert (step["kind"], step["status"], step["input_tokens"]) == ("CHAIN", status, None)
    assert (call["kind"], call["status"], call["parent_id"]) == ("LLM", status, step["span_id"])
    assert call["model"].startswith("gpt-x")


def test_a_call_is_a_step_with_its_model_call(client: Any, recorded: Recorded) -> None:
    """Below our span, with the object that was made of the answer."""
    with tracer.start_span("request") as request:
        assert client.chat.completions.create(**ASKED).city == "Porto"
    step, call = recorded.span("instructor.create"), recorded.span("ChatCompletion")
    assert_is_a_step_with_its_call(step, call, "OK")
    assert (step["parent_id"], step["outputs"]) == (request.span_id, {"city": "Porto"})
    assert (call["input_tokens"], call["output_tokens"]) == (11, 7)


def test_a_partial_stream_works_and_is_measured(client: Any, recorded: Recorded) -> None:
    """Instructor asks a stream for its kind, and failed where it was told that a stream is of both."""
    *_, last = client.chat.completions.create_partial(**ASKED)
    assert last.city == "Porto"
    step, call = recorded.span("instructor.create"), recorded.span("ChatCompletion")
    assert_is_a_step_with_its_call(step, call, "OK")
    assert_ttft_is_of_the_first_content(call)


async def test_an_async_partial_stream_works_and_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one does."""
    cities = [city.city async for city in async_client.chat.completions.create_partial(**ASKED)]
    assert cities[-1] == "Porto"
    step, call = recorded.span("instructor.async_create"), recorded.span("ChatCompletion")
    assert_is_a_step_with_its_call(step, call, "OK")
    assert_ttft_is_of_the_first_content(call)


async def test_a_partial_stream_that_is_left_is_cancelled(async_client: Any, recorded: Recorded) -> None:
    """When the event loop has closed the client's stream; of a synchronous one Instructor makes a list."""
    stream = async_client.chat.completions.create_partial(**ASKED)
    await anext(stream)
    await stream.aclose()
    del stream
    gc.collect()
    async with asyncio.timeout(20):
        while (call := recorded.span("ChatCompletion"))["status"] == "RUNNING":
            await asyncio.sleep(0.01)
    assert call["status"] == "CANCELLED"
    assert_ttft_is_of_the_first_content(call)


async def test_a_cancelled_call_is_cancelled(async_client: Any, wire: Wire, recorded: Recorded) -> None:
    """Both have ended."""
    wire.before_answer.clear()
    await cancelled(async_client.chat.completions.create(**ASKED), when=lambda: wire.requests)
    step, call = recorded.span("instructor.async_create"), recorded.span("ChatCompletion")
    assert_is_a_step_with_its_call(step, call, "CANCELLED")
    assert tracer.get_current_active_span() is None


def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It reaches the program as it was."""
    from instructor.core.exceptions import InstructorRetryException

    wire.status = 400
    with pytest.raises(InstructorRetryException, match="slow down"):
        client.chat.completions.create(**ASKED, max_retries=1)
    step, call = recorded.span("instructor.create"), recorded.span("ChatCompletion")
    assert_is_a_step_with_its_call(step, call, "ERROR")


def test_nothing_is_recorded_after_disable(client: Any, recorded: Recorded) -> None:
    """Calls go on working."""
    tracer.autolog("instructor", "openai", disable=True)
    assert client.chat.completions.create(**ASKED).city == "Porto"
    assert tracer.flush()
    assert not recorded.path.exists()
