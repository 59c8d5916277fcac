"""What answers of OpenAI's form, read through its client, say of tokens, cost and model; and what is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

QUESTION = [{"role": "user", "content": "hi"}]
USAGE = {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The client."""
    return autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)


def response(number: int, status: str = "completed", **more: Any) -> dict[str, Any]:
    """An object of the API of responses."""
    return {
        "id": f"usage-{number}",
        "object": "response",
        "created_at": 1,
        "model": "gpt-4o-2024-08-06",
        "status": status,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        **({"usage": USAGE} if status == "completed" else {}),
        **more,
    }


def chat(**more: Any) -> dict[str, Any]:
    """A completion."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
    answer = {"id": "chat-7", "object": "chat.completion", "created": 1, "model": "o3", "choices": [choice]}
    return {**answer, "usage": usage, **more}


def tokens(recorded: Recorded) -> list[tuple[str, int | None]]:
    """The kind of each call, and its input tokens."""
    return [(span["kind"], span["input_tokens"]) for span in recorded.spans() if span["name"] != "job"]


def test_an_answer_that_is_asked_for_until_it_is_done_counts_once(client: Any, wire: Wire, recorded: Recorded) -> None:
    """The call that began it knew no tokens; only the first reading that does counts."""
    with tracer.start_span("job"):
        wire.reply = response(1, "queued")
        client.responses.create(model="gpt-4o", input="hi", background=True)
        client.responses.retrieve("usage-1")
        wire.reply = response(1)
        client.responses.retrieve("usage-1")
        client.responses.retrieve("usage-1")
    assert tokens(recorded) == [("LLM", None), ("CLIENT", None), ("CLIENT", 10), ("CLIENT", None)]


def test_an_answer_that_is_read_again_does_not_count_again(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Whoever stored it: a reading is no model call. One made in the background counts, whoever began it."""
    wire.reply = response(2)
    client.responses.create(model="gpt-4o", input="hi")
    client.responses.retrieve("usage-2")
    wire.reply = response(3)
    client.responses.retrieve("usage-3")
    wire.reply = response(4, background=True)
    client.responses.retrieve("usage-4")
    client.responses.retrieve("usage-4")
    wire.reply = chat()
    client.chat.completions.retrieve("chat-7")
    expected = [("LLM", 10), ("CLIENT", None), ("CLIENT", None), ("CLIENT", 10), ("CLIENT", None), ("CLIENT", None)]
    assert tokens(recorded) == expected


def test_traced_methods_that_read_an_answer_count_it_once(wire: Wire, recorded: Recorded) -> None:
    """Without any instrumentor: the id that was asked for is that of the answer."""
    import openai

    client = openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    wire.reply = response(5, "queued")
    tracer.trace(client.responses.create, span_type="LLM")(model="gpt-4o", input="hi", background=True)
    wire.reply = response(5)
    read = tracer.trace(client.responses.retrieve, name="read")
    read("usage-5")
    read("usage-5")
    assert [span["input_tokens"] for span in recorded.spans()] == [None, 10, None]


def test_files_lists_and_checks_are_no_model_calls(client: Any, wire: Wire, recorded: Recorded) -> None:
    """A search of a store of vectors is what retrieves."""
    wire.reply = {"object": "list", "data": []}
    list(client.models.list())
    client.files.list()
    wire.reply = {"id": "modr-1", "model": "omni", "results": []}
    client.moderations.create(input="hi")
    wire.reply = {"object": "vector_store.search_results.page", "search_query": ["q"], "data": [], "has_more": False}
    client.vector_stores.search("vs-1", query="q")
    assert [span["kind"] for span in recorded.spans()] == ["CLIENT", "CLIENT", "CLIENT", "RETRIEVER"]


def test_what_is_drawn_and_what_is_heard_has_its_tokens(client: Any, wire: Wire, recorded: Recorded) -> None:
    """Images and transcriptions tell usage in a form of their own, and are priced by it."""
    wire.reply = {"created": 1, "data": [{"url": "http://127.0.0.1/x.png"}], "usage": USAGE}
    client.images.generate(model="gpt-image-1", prompt="a cat")
    wire.reply = {"text": "hi", "usage": {"type": "tokens", **USAGE, "input_token_details": {"audio_tokens": 10}}}
    client.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", b"RIFF0000"))
    drawn, heard = recorded.spans()
    assert (drawn["kind"], drawn["input_tokens"], drawn["output_tokens"]) == ("LLM", 10, 2)
    assert drawn["cost_usd"] == pytest.approx((10 * 5 + 2 * 40) / 1e6)
    assert (heard["input_tokens"], heard["model"]) == (10, "gpt-4o-transcribe")
    assert heard["cost_usd"] == pytest.approx((10 * 6 + 2 * 10) / 1e6)


def test_what_is_drawn_and_heard_in_a_stream_has_its_tokens(client: Any, wire: Wire, recorded: Recorded) -> None:
    """In the last event; the text and the time to it are known as of any stream. Under `trace` and `autolog`."""
    image = {"created_at": 1, "b64_json": "aGk=", "output_format": "png", "background": "opaque"}
    drawn: dict[str, Any] = {
        "type": "image_generation.completed",
        **image,
        "size": "1024x1024",
        "quality": "high",
        "usage": USAGE,
    }
    told = {"type": "transcript.text.done", "text": "hi", "usage": {"type": "tokens", **USAGE}}
    for draw in (client.images.generate, tracer.trace(client.images.generate, name="draw", span_type="LLM")):
        wire.reply = [(0, drawn["type"], drawn)]
        with tracer.start_span("job"):
            list(draw(model="gpt-image-1", prompt="a cat", stream=True))
    hear = tracer.trace(client.audio.transcriptions.create, name="hear", span_type="LLM")
    wire.reply = [(0, "", {"type": "transcript.text.delta", "delta": "hi"}), (0, "", told)]
    list(hear(model="gpt-4o-transcribe", file=("a.wav", b"RIFF0000"), stream=True))
    spans = [span for span in recorded.spans() if span["name"] != "job"]
    assert [(span["input_tokens"], span["output_tokens"]) for span in spans] == [(10, 2)] * len(spans)
    by_model = {span["model"]: span["cost_usd"] for span in spans}
    assert by_model["gpt-image-1"] == pytest.approx((10 * 5 + 2 * 40) / 1e6)
    assert set(by_model) == {"gpt-image-1", "gpt-4o-transcribe"}
    for span in spans:
        if span["model"] == "gpt-4o-transcribe":
            assert span["ttft_ms"] is not None
    assert recorded.span("hear")["outputs"] == "hi"


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
@pytest.mark.parametrize("is_streamed", [True, False], ids=["streamed", "whole"])
def test_a_cost_that_the_answer_tells_is_kept(
    is_plain: bool, is_streamed: bool, wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """OpenRouter's, for models that are in the table and for others."""
    import openai

    module = openai if is_plain else autologged("openai")
    client = module.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    create = tracer.trace(client.chat.completions.create) if is_plain else client.chat.completions.create
    for model in ("openai/gpt-4o", "some/other"):
        answer = chat(model=model)
        answer["usage"]["cost"] = 0.0042
        wire.reply = answer
        if is_streamed:
            piece = {key: answer[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
            delta = {"index": 0, "delta": {"content": "hello"}, "finish_reason": "stop"}
            wire.reply = [
                (0, "", piece | {"choices": [delta]}),
                (0, "", piece | {"choices": [], "usage": answer["usage"]}),
                (0, "", "[DONE]"),
            ]
        answered = create(model=model, messages=QUESTION, stream=is_streamed)
        if is_streamed:
            list(answered)
    assert [span["cost_usd"] for span in recorded.spans()] == [0.0042, 0.0042]


def test_the_tier_that_served_a_call_has_its_price(client: Any, wire: Wire, recorded: Recorded) -> None:
    """And one whose price nobody knows has no cost."""
    for tier in ("flex", "default", "scale"):
        wire.reply = chat(service_tier=tier)
        client.chat.completions.create(model="o3", messages=QUESTION, service_tier="auto")
    flex, listed, scale = (span["cost_usd"] for span in recorded.spans())
    assert (flex, listed, scale) == (pytest.approx(0.0014), pytest.approx(0.0028), None)


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
def test_failed_and_answered_calls_of_a_model_are_of_one_model(
    is_plain: bool, wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """With an instrumentor and without, whichever version answered."""
    import openai

    module = openai if is_plain else autologged("openai")
    client = module.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    create = tracer.trace(client.chat.completions.create) if is_plain else client.chat.completions.create
    wire.reply = chat(model="gpt-4o-2024-08-06")
    create(model="gpt-4o", messages=QUESTION)
    wire.status = 500
    with pytest.raises(openai.InternalServerError):
        create(model="gpt-4o", messages=QUESTION)
    told = [(span["status"], span["model"], span["response_model"]) for span in recorded.spans()]
    assert told == [("OK", "gpt-4o", "gpt-4o-2024-08-06"), ("ERROR", "gpt-4o", None)]


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
def test_a_cost_that_a_gateway_tells_in_a_header_is_kept(
    is_plain: bool, wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """LiteLLM's proxy, through raw responses; what is no amount is left out, and 0 is one."""
    import openai

    module = openai if is_plain else autologged("openai")
    client = module.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    create = client.chat.completions.with_raw_response.create
    if is_plain:
        create = tracer.trace(create, span_type="LLM")
    wire.reply = chat(model="alias")
    for told in ("0.0042", "0.0", "None", "nan", "-1"):
        wire.headers = {"x-litellm-response-cost": told}
        create(model="alias", messages=QUESTION)
    assert [span["cost_usd"] for span in recorded.spans()] == [0.0042, 0.0, None, None, None]
    (known,) = recorded.rows("SELECT count(*) AS traces FROM traces WHERE calls_without_price = 1")
    assert known["traces"] == 3


@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "autolog"])
def test_what_is_billed_by_minutes_characters_or_pictures_has_no_price(
    is_plain: bool, wire: Wire, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Each is a call that a sum lacks, whether it tells how much there was or not."""
    import openai

    module = openai if is_plain else autologged("openai")
    client = module.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)
    recording = "a.wav", b"RIFF0000"
    heard = {"text": "hi", "usage": {"type": "duration", "seconds": 60}}
    drawn = {"created": 1, "data": [{"url": "http://127.0.0.1/x.png"}]}
    methods: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (client.audio.transcriptions.create, {"model": "whisper-1", "file": recording}, heard),
        (client.audio.transcriptions.create, {"model": "whisper-1", "file": recording}, {"text": "hi"}),
        (client.audio.translations.create, {"model": "whisper-1", "file": recording}, {"text": "hi"}),
        (client.audio.speech.create, {"model": "tts-1", "voice": "alloy", "input": "hi"}, {}),
        (client.images.generate, {"model": "dall-e-3", "prompt": "a cat"}, drawn),
        (client.images.generate, {"model": "gpt-image-1", "prompt": "a cat"}, drawn),
    ]
    with tracer.start_span("job"):
        for method, arguments, wire.reply in methods:
            (tracer.trace(method, span_type="LLM") if is_plain else method)(**arguments)
    (trace,) = recorded.rows("SELECT cost_usd, calls_without_price FROM traces")
    assert tuple(trace.values()) == (None, len(methods))
