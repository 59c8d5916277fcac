"""Real clients, each with the instrumentor of its extra, against servers of our own.

They run where the extra `clients` or `frameworks` is installed: `pip install -e '.[clients]' && pytest tests/clients`.
The two want different versions of OpenAI's client; what is not installed is not looked at.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from tests.clients.wire import Wire, serving
from tests.clients.wire_events import FIRST_TOKEN_S
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.instrumentation.autolog import instrumentors
from tracetui.tracer.libraries import canonical

_NEEDED = {
    "test_anthropic.py": "anthropic",
    "test_background_answers.py": "openai",
    "test_bedrock.py": "boto3",
    "test_gevent.py": "gevent",
    "test_google_genai.py": "google-genai",
    "test_groq.py": "groq",
    "test_gunicorn.py": "gunicorn",
    "test_instructor.py": "instructor",
    "test_langchain.py": "langchain-openai",
    "test_litellm.py": "litellm",
    "test_llama_index.py": "llama-index-llms-openai",
    "test_mistral.py": "mistralai",
    "test_openai.py": "openai",
    "test_openai_agents.py": "openai-agents",
    "test_openai_answers.py": "openai",
    "test_openai_usage.py": "openai",
    "test_plain_trace.py": "langchain-openai",
    "test_pydantic_ai.py": "pydantic-ai-slim",
    "test_raw_responses.py": "groq",
    "test_run_uvicorn.py": "fastapi",
    "test_smolagents.py": "smolagents",
    "test_web.py": "fastapi",
}
"""By the name of a file: the distribution that it is about."""


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


collect_ignore = [file for file, distribution in _NEEDED.items() if not _is_installed(distribution)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Libraries warn as they like; that is no failure of ours."""
    for item in items:
        if "tests/clients" in item.path.as_posix():
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture
def wire() -> Iterator[Wire]:
    """The server of this test."""
    with serving() as wire:
        yield wire


@pytest.fixture
def autologged(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Imports a client after `autolog` was asked for it, and gives its module; takes the instrumentation back later."""
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    started: list[str] = []

    def autologged(library: str, module: str = "") -> Any:
        pytest.importorskip(module or library)
        if canonical(library) not in instrumentors():
            pytest.skip(f"the instrumentor of {library} is not installed")
        tracer.autolog(library)
        started.append(library)
        return importlib.import_module(module or library)

    yield autologged
    if started:
        tracer.autolog(disable=True)  # all of it: spans of the OpenTelemetry API would be recorded on


@pytest.fixture
async def openai_below(wire: Wire) -> AsyncIterator[Any]:
    """The client of OpenAI for frameworks that are given one; it is not recorded itself."""
    openai = pytest.importorskip("openai")
    async with openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        yield client


def assert_ttft_is_of_the_first_content(span: dict[str, Any]) -> None:
    """It lies between the wait of the server and the end of the stream, and each of its names says the same."""
    assert FIRST_TOKEN_S * 1e3 * 0.95 < span["ttft_ms"] < span["duration_ms"]
    attributes = span["attributes"]
    assert attributes["llm.ttft_ms"] == span["ttft_ms"]
    assert attributes["gen_ai.response.time_to_first_chunk"] == pytest.approx(span["ttft_ms"] / 1e3)


def leave_after_the_first_word(stream: Any) -> None:
    """By `break`; nothing refers to the stream any more, where the caller does not."""
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    del stream, chunk
    gc.collect()


async def cancelled(call: Any, *, when: Callable[[], object]) -> None:
    """Cancel what this task waits for, as `asyncio.timeout` does: in the task itself."""
    task = asyncio.current_task()
    assert task is not None

    async def cancel() -> None:
        while not when():
            await asyncio.sleep(0.001)
        task.cancel()

    canceller = asyncio.create_task(cancel())
    try:
        await call
    except asyncio.CancelledError:
        task.uncancel()
        await canceller
    else:
        raise AssertionError("the call was not cancelled")


async def cancelled_in_turn(wire: Wire, answer: Awaitable[Any], *, is_stream: bool) -> None:
    """Cancel a call before its answer, or what reads its stream after the first chunk."""
    wire.before_last.clear()
    if not is_stream:
        wire.before_answer.clear()
    chunks: list[Any] = []

    async def read() -> None:
        async for chunk in await answer:
            chunks.append(chunk)

    await cancelled(read(), when=lambda: chunks if is_stream else wire.requests)
