"""FastAPI, httpx and SQLAlchemy, recorded by OpenTelemetry's instrumentors."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer


@pytest.fixture
def serve(recorded: Recorded) -> Iterator[Callable[[Any], str]]:
    """Serves an ASGI application on this machine and gives its address."""
    import uvicorn

    running: list[tuple[Any, threading.Thread]] = []

    def serve(app: Any) -> str:
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        wait_until(lambda: server.started, "the server")
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


def test_a_request_from_client_to_server_is_one_trace(
    serve: Callable[[Any], str], autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """httpx sends the `traceparent` that FastAPI reads; what the handler does is below it."""
    httpx = autologged("httpx")
    fastapi = autologged("fastapi")
    app = fastapi.FastAPI()

    @tracer.trace
    def answer(question: str) -> str:
        return question.upper()

    @app.get("/ask/{question}")
    async def ask(question: str) -> str:
        return answer(question)

    address = serve(app)
    with tracer.start_span("caller"), httpx.Client() as client:
        assert client.get(f"{address}/ask/why").json() == "WHY"

    def done() -> bool:
        return {"caller", "answer", "GET /ask/{question}"} <= {span["name"] for span in recorded.spans()} and not any(
            span["end_ns"] is None for span in recorded.spans()
        )

    wait_until(done, "the server's spans")
    spans = {(span["name"], span["kind"]): span for span in recorded.spans()}
    caller = spans["caller", "UNKNOWN"]
    sent = next(span for span in spans.values() if span["kind"] == "CLIENT")
    served = spans["GET /ask/{question}", "SERVER"]
    assert sent["parent_id"] == caller["span_id"]
    assert served["parent_id"] == sent["span_id"]
    assert spans["answer", "UNKNOWN"]["parent_id"] == served["span_id"]
    assert len(recorded.traces()) == 1


async def test_async_clients_keep_to_their_tasks(
    serve: Callable[[Any], str], autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Concurrent requests hang on the spans that made them."""
    import asyncio

    httpx = autologged("httpx")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    address = serve(app)

    async def call(client: Any, number: int) -> None:
        with tracer.start_span(f"task {number}"):
            await client.get(f"{address}/{number}")

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(call(client, number) for number in range(5)))
    spans = recorded.spans()
    names = {span["span_id"]: span["name"] for span in spans}
    sent = [span for span in spans if span["kind"] == "CLIENT"]
    assert len(sent) == 5
    for span in sent:
        address_sent = span["attributes"].get("http.url") or span["attributes"]["url.full"]
        assert names[span["parent_id"]] == f"task {address_sent.rpartition('/')[2]}"


def test_a_client_that_leaves_cancels_the_model_call(
    serve: Callable[[Any], str], autologged: Callable[..., Any], wire: Wire, recorded: Recorded
) -> None:
    """The server ends the handler's task group; the model's stream ends with it, and is no error."""
    import httpx

    openai = autologged("openai")
    fastapi = autologged("fastapi")
    responses = pytest.importorskip("fastapi.responses")
    app = fastapi.FastAPI()
    wire.before_last.clear()

    async def tokens() -> Any:
        client = openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
        question = [{"role": "user", "content": "hi"}]
        async for chunk in await client.chat.completions.create(model="gpt-x", messages=question, stream=True):
            yield chunk.choices[0].delta.content or "-"

    @app.get("/ask")
    async def ask() -> Any:
        return responses.StreamingResponse(tokens())

    with httpx.stream("GET", f"{serve(app)}/ask") as answer:
        next(answer.iter_bytes())

    def ended() -> list[dict[str, Any]]:
        return [span for span in recorded.spans() if span["name"] == "ChatCompletion" and span["end_ns"] is not None]

    (span,) = wait_until(ended, "the model's span to end")
    assert span["status"] == "CANCELLED"


ORDERS = """
import {order}, httpx, httpx2, openai
from tracetui.tracer.instrumentation.instrument import _instrumented
print(sorted(name for name, library in _instrumented.items() if library._instrumentor))
print([hasattr(module.HTTPTransport.handle_request, "__wrapped__") for module in (httpx, httpx2)])
"""


@pytest.mark.parametrize("order", ["httpx", "httpx2", "openai", "openai.types", "httpx2, openai", "langchain_openai"])
def test_httpx_is_recorded_beside_a_client_that_has_its_own(order: str, tmp_path: Path) -> None:
    """One instrumentor imports httpx and httpx2; the client of OpenAI imports httpx2."""
    for module in ("httpx2", "openai", "langchain_openai"):
        pytest.importorskip(module)
    program = "from tracetui import tracer\ntracer.autolog('openai', 'httpx', 'httpx2')" + ORDERS.format(order=order)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TRACETUI_DB": str(tmp_path / "traces.db")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("['httpx', 'httpx2', 'openai']\n[True, True]\n", "")


def test_a_database_call_shows_its_statement(autologged: Callable[..., Any], recorded: Recorded) -> None:
    """Below the span that made it."""
    sqlalchemy = autologged("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://")
    with tracer.start_span("request") as request, engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT 40 + 2")).scalar() == 42
    engine.dispose()
    (statement,) = [span for span in recorded.spans() if "SELECT 40 + 2" in map(str, span["attributes"].values())]
    assert statement["kind"] == "CLIENT"
    assert statement["trace_id"] == request.trace_id
