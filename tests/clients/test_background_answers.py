"""Answers that are made in the background and asked for until they are done: one call, counted once, with its price."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.test_openai_usage import response
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.answers import counted_answers

COST = pytest.approx((10 * 2.5 + 2 * 10) / 1e6)
"""Of a response, by gpt-4o."""

Reply = dict[str, Any] | list[Any]
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does, for answers have the same ids in several."""
    monkeypatch.setattr(counted_answers, "_has_counted", {})


@pytest.fixture(params=["plain", "plain without a kind", "autolog"])
def recording(request: pytest.FixtureRequest, autologged: Callable[..., Any]) -> Ask:
    """Makes what is recorded of a client's method: by `trace`, or by the instrumentor, which leaves it as it is."""
    if request.param == "autolog":
        autologged("openai")
        return lambda method: method
    return tracer.trace if "without" in request.param else tracer.trace(span_type="LLM")


@pytest.fixture
def replying(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the server answers, one after the other."""

    def replies(*them: Reply) -> None:
        left = list(them)
        monkeypatch.setattr(wire, "answer", lambda path, body: left.pop(0))

    return replies


@pytest.fixture
def responses(wire: Wire) -> Any:
    """The methods of OpenAI's client."""
    import openai

    return openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0).responses


def queued(number: int, status: str = "queued") -> dict[str, Any]:
    """A response that the model is at work on."""
    return response(number, status, background=True)


def done(number: int) -> dict[str, Any]:
    """The same when it is complete."""
    return response(number, background=True)


def events(number: int, *, is_cut: bool = False) -> list[Any]:
    """The same as a stream; one that is cut ends before the response does."""
    delta = {"item_id": "m", "output_index": 0, "content_index": 0, "delta": "hello", "logprobs": []}
    told: list[dict[str, Any]] = [
        {"type": "response.created", "response": queued(number)},
        {"type": "response.output_text.delta", **delta},
        {"type": "response.completed", "response": done(number)},
    ]
    numbered = [(0, event["type"], {**event, "sequence_number": place}) for place, event in enumerate(told)]
    return numbered[:2] if is_cut else numbered


def totals(recorded: Recorded) -> list[tuple[Any, ...]]:
    """Input tokens, cost and calls without a price of each trace."""
    tracer.flush()
    rows = recorded.rows("SELECT input_tokens, cost_usd, calls_without_price FROM traces ORDER BY start_ns")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])
def test_a_background_response_counts_once(
    is_streamed: bool, responses: Any, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """With the first reading that tells its tokens, streamed or not; readings before and after are no calls."""
    number = 100 + is_streamed
    replying(
        queued(number), queued(number, "in_progress"), events(number) if is_streamed else done(number), done(number)
    )
    read = recording(responses.retrieve)
    with tracer.start_span("job"):
        recording(responses.create)(model="gpt-4o", input="hi", background=True)
        read(f"usage-{number}")
        assert totals(recorded)[0][1:] == (None, 1)
        answer = read(f"usage-{number}", stream=is_streamed)
        if is_streamed:
            list(answer)
        read(f"usage-{number}")
    assert totals(recorded) == [(10, COST, 0)]


@pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])
async def test_a_background_response_of_the_async_client_counts_once(
    is_streamed: bool, wire: Wire, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """As that of the other."""
    import openai

    number = 110 + is_streamed
    replying(queued(number), events(number) if is_streamed else done(number), done(number))
    async with openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        read = recording(client.responses.retrieve)
        with tracer.start_span("job"):
            await recording(client.responses.create)(model="gpt-4o", input="hi", background=True)
            answer = await read(f"usage-{number}", stream=is_streamed)
            if is_streamed:
                async for _ in answer:
                    pass
            await read(f"usage-{number}")
    await asyncio.sleep(0)
    assert totals(recorded) == [(10, COST, 0)]


def test_a_response_may_be_read_in_another_trace(
    responses: Any, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """As a server does that is asked for it by the next request; the file has its cost once."""
    replying(queued(120), queued(120), done(120), done(120))
    recording(responses.create)(model="gpt-4o", input="hi", background=True)
    assert totals(recorded) == [(None, None, 1)]
    for _ in range(3):
        recording(responses.retrieve)("usage-120")
    assert totals(recorded) == [(None, None, 0), (None, None, 0), (10, COST, 0), (None, None, 0)]


def test_a_stream_that_broke_off_is_read_on(
    responses: Any, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """Its first part told no tokens; streams that are read again count no more than other readings."""
    replying(events(130, is_cut=True), events(130), done(130), events(130))
    with tracer.start_span("job"):
        list(recording(responses.create)(model="gpt-4o", input="hi", background=True, stream=True))
        list(recording(responses.retrieve)("usage-130", stream=True, starting_after=1))
        recording(responses.retrieve)("usage-130")
        list(recording(responses.retrieve)("usage-130", stream=True))
    assert totals(recorded) == [(10, COST, 0)]


def test_a_response_that_nobody_reads_is_a_call_without_a_price(
    responses: Any, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """And one that failed costs nothing, as any call that fails before its first token."""
    replying(queued(140), queued(141), {**queued(141, "failed"), "error": {"code": "server_error", "message": "no"}})
    with tracer.start_span("left"):
        recording(responses.create)(model="gpt-4o", input="hi", background=True)
    with tracer.start_span("failed"):
        recording(responses.create)(model="gpt-4o", input="hi", background=True)
        recording(responses.retrieve)("usage-141")
    assert totals(recorded) == [(None, None, 1), (None, None, 0)]


def test_a_function_that_waits_for_its_response_has_its_cost(
    responses: Any, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """Once, though function and reading both tell it."""
    replying(queued(150), queued(150), done(150))

    @tracer.trace(span_type="LLM")
    def ask() -> Any:
        answer = recording(responses.create)(model="gpt-4o", input="hi", background=True)
        while answer.status != "completed":
            answer = recording(responses.retrieve)(answer.id)
        return answer

    ask()
    assert totals(recorded) == [(10, COST, 0)]


def run(status: str, number: int) -> dict[str, Any]:
    """A run of an assistant."""
    about = {"id": f"run-{number}", "object": "thread.run", "thread_id": "t", "assistant_id": "a", "model": "gpt-4o"}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12} if status == "completed" else None
    return {**about, "created_at": 1, "status": status, "instructions": "", "tools": [], "usage": usage}


def test_a_run_of_an_assistant_counts_once(
    wire: Wire, recording: Ask, replying: Callable[..., None], recorded: Recorded
) -> None:
    """Polled or streamed; threads, messages and lists of runs are no calls."""
    import openai

    threads = openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0).beta.threads
    told = [("queued", "thread.run.created"), ("completed", "thread.run.completed")]
    stream = [(0, event, run(status, 2)) for status, event in told] + [(0, "done", "[DONE]")]
    page = {"object": "list", "data": [run("completed", 1)], "has_more": False}
    replying(run("queued", 1), run("in_progress", 1), run("completed", 1), run("completed", 1), stream, page)
    with tracer.start_span("job"):
        recording(threads.runs.create)(thread_id="t", assistant_id="a")
        for _ in range(3):
            recording(threads.runs.retrieve)("run-1", thread_id="t")
    with tracer.start_span("job"):
        list(recording(threads.runs.create)(thread_id="t", assistant_id="a", stream=True))
        list(recording(threads.runs.list)("t"))
    assert totals(recorded) == [(10, COST, 0), (10, COST, 0)]


def interaction(number: int, status: str = "completed") -> dict[str, Any]:
    """One of Gemini's."""
    usage = {"total_input_tokens": 10, "total_output_tokens": 2, "total_tokens": 12}
    about = {"id": f"interaction-{number}", "object": "interaction", "model": "gemini-2.5-flash", "status": status}
    times = {"created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"}
    return {**about, **times, "steps": [], **({"usage": usage} if status == "completed" else {})}


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
@pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])
def test_an_interaction_of_gemini_counts_once(
    is_streamed: bool,
    is_plain: bool,
    wire: Wire,
    autologged: Callable[..., Any],
    replying: Callable[..., None],
    recorded: Recorded,
) -> None:
    """In the background or not, read whole or as a stream."""
    pytest.importorskip("google.genai")
    if not is_plain:
        autologged("google-genai", "google.genai")
    from google import genai

    number = 10 + 2 * is_streamed + is_plain
    text = {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "hi"}}
    told: list[dict[str, Any]] = [
        {"event_type": "interaction.created", "interaction": interaction(number, "in_progress")},
        {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
        text,
        {"event_type": "interaction.completed", "interaction": interaction(number)},
    ]
    stream = [(0, event["event_type"], event) for event in told]
    answer = stream if is_streamed else interaction(number)
    client = genai.Client(api_key="none", http_options={"base_url": wire.url})
    ask, read = client.interactions.create, client.interactions.get
    if is_plain:
        ask, read = tracer.trace(ask, span_type="LLM"), tracer.trace(read, span_type="LLM")

    def taken(result: Any) -> None:
        if is_streamed:
            list(result)

    replying(interaction(number, "in_progress"), answer, answer, interaction(number))
    with tracer.start_span("background"):
        ask(model="gemini-2.5-flash", input="hi", background=True)
        for _ in range(2):
            taken(read(id=f"interaction-{number}", stream=is_streamed))
        read(id=f"interaction-{number}")
    number += 10
    for event in told:
        if "interaction" in event:
            event["interaction"]["id"] = f"interaction-{number}"
    answer = stream if is_streamed else interaction(number)
    replying(answer, answer)
    with tracer.start_span("at once"):
        taken(ask(model="gemini-2.5-flash", input="hi", stream=is_streamed))
        taken(read(id=f"interaction-{number}", stream=is_streamed))
    cost = pytest.approx((10 * 0.3 + 2 * 2.5) / 1e6)
    assert totals(recorded) == [(10, cost, 0), (10, cost, 0)]


@pytest.mark.parametrize("is_streamed", [False, True], ids=["whole", "streamed"])
def test_an_interaction_of_gemini_that_another_process_began_counts_once(
    is_streamed: bool, wire: Wire, replying: Callable[..., None], recorded: Recorded
) -> None:
    """Its answer does not tell whether the call that asked for it waited: the file does."""
    pytest.importorskip("google.genai")
    from google import genai

    client = genai.Client(api_key="none", http_options={"base_url": wire.url})
    ask = tracer.trace(client.interactions.create, span_type="LLM")
    read = tracer.trace(client.interactions.get, span_type="LLM")
    events = [
        {"event_type": "interaction.created", "interaction": interaction(90, "in_progress")},
        {"event_type": "interaction.completed", "interaction": interaction(90)},
    ]
    stream = [(0, event["event_type"], event) for event in events]
    told = stream if is_streamed else interaction(90)
    replying(interaction(90, "in_progress"), told, interaction(91), interaction(91))
    ask(model="gemini-2.5-flash", input="hi", background=True)
    counted_answers._has_counted.clear()
    answer = read(id="interaction-90", stream=is_streamed)
    if is_streamed:
        list(answer)
    ask(model="gemini-2.5-flash", input="hi")
    counted_answers._has_counted.clear()
    read(id="interaction-91")
    cost = pytest.approx((10 * 0.3 + 2 * 2.5) / 1e6)
    assert totals(recorded) == [(None, None, 0), (10, cost, 0), (10, cost, 0), (None, None, 0)]
