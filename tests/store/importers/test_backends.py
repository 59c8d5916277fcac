"""Documents of other backends become spans with their trees, times, tokens and scores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.conventions import dialects
from tracetui.store.exchange.document import Batch, FormatError, Resource, SpanDocument, TraceDocument
from tracetui.store.importers import joined, sniff
from tracetui.store.importers.foreign_ids import iso_ns, span_key, trace_key
from tracetui.store.importers.joined import joined as join

JAEGER = {
    "data": [
        {
            "traceID": "9bfe8376688e9116d9cbae28c0aa2db6",
            "processes": {
                "p1": {"serviceName": "shop", "tags": [{"key": "hostname", "type": "string", "value": "box"}]},
                "p2": {"serviceName": "search", "tags": []},
            },
            "spans": [
                {
                    "traceID": "9bfe8376688e9116d9cbae28c0aa2db6",
                    "spanID": "9b321d76f92134d2",
                    "operationName": "POST /chat",
                    "references": [],
                    "startTime": 1_729_181_197_748_657,
                    "duration": 1_503,
                    "tags": [
                        {"key": "span.kind", "type": "string", "value": "server"},
                        {"key": "tokens", "type": "int64", "value": "12"},
                    ],
                    "logs": [
                        {
                            "timestamp": 1_729_181_197_748_700,
                            "fields": [
                                {"key": "event", "type": "string", "value": "first"},
                                {"key": "n", "type": "int64", "value": 1},
                            ],
                        }
                    ],
                    "processID": "p1",
                },
                {
                    "traceID": "9bfe8376688e9116d9cbae28c0aa2db6",
                    "spanID": "1",
                    "operationName": "query",
                    "references": [
                        {"refType": "FOLLOWS_FROM", "traceID": "aa", "spanID": "bb"},
                        {
                            "refType": "CHILD_OF",
                            "traceID": "9bfe8376688e9116d9cbae28c0aa2db6",
                            "spanID": "9b321d76f92134d2",
                        },
                    ],
                    "startTime": 1_729_181_197_748_660,
                    "duration": 10,
                    "tags": [{"key": "error", "type": "bool", "value": True}],
                    "logs": [],
                    "processID": "p2",
                },
            ],
        }
    ],
    "total": 0,
}

ZIPKIN = [
    {
        "traceId": "5af7183fb1d4cf5f",
        "id": "352bff9a74ca9ad2",
        "name": "get /api",
        "kind": "CLIENT",
        "timestamp": 1_556_604_172_355_737,
        "duration": 1_431,
        "localEndpoint": {"serviceName": "backend", "ipv4": "192.168.99.1"},
        "tags": {"http.method": "GET", "error": "no route"},
        "annotations": [{"timestamp": 1_556_604_172_355_800, "value": "sent"}],
    },
    {
        "traceId": "5af7183fb1d4cf5f",
        "id": "352bff9a74ca9ad2",
        "kind": "SERVER",
        "shared": True,
        "name": "get /api",
        "timestamp": 1_556_604_172_355_800,
        "duration": 900,
        "localEndpoint": {"serviceName": "frontend"},
    },
]

OBSERVATION = {
    "id": "0000000000000001",
    "trace_id": "0123456789abcdef0123456789abcdef",
    "parent_observation_id": "0000000000000002",
    "type": "GENERATION",
    "name": "answer",
    "start_time": "2024-05-29 13:46:19.963000",
    "end_time": "2024-05-29 13:46:21.000000",
    "completion_start_time": "2024-05-29 13:46:20.463000",
    "level": "DEFAULT",
    "provided_model_name": "gpt-4o",
    "usage_details": '{"input": 10, "output": 5, "total": 15}',
    "cost_details": {"input": 0.1, "output": 0.2, "total": 0.3},
    "input": '{"messages": [{"role": "user", "content": "hi"}]}',
    "output": "hello",
    "metadata": '{"team": "a"}',
    "tags": ["prod"],
    "user_id": "u",
    "session_id": "s",
    "environment": "test",
}
SCORE = {
    "id": "score-1",
    "timestamp": "2024-05-29 14:00:00.000000",
    "trace_id": OBSERVATION["trace_id"],
    "observation_id": OBSERVATION["id"],
    "name": "helpful",
    "value": 1,
    "source": "ANNOTATION",
    "data_type": "BOOLEAN",
    "comment": "yes",
}
RUN: dict[str, Any] = {
    "id": "0190a6a0-0000-7000-8000-000000000002",
    "trace_id": "0190a6a0-0000-7000-8000-000000000001",
    "parent_run_id": "0190a6a0-0000-7000-8000-000000000001",
    "name": "ChatOpenAI",
    "run_type": "llm",
    "start_time": "2024-07-12T10:00:00.000001",
    "end_time": "2024-07-12T10:00:02+00:00",
    "first_token_time": "2024-07-12T10:00:00.500001Z",
    "inputs": {"messages": []},
    "outputs": {"usage_metadata": {"input_tokens": 7, "output_tokens": 2, "input_token_details": {"cache_read": 3}}},
    "extra": {"metadata": {"ls_model_name": "gpt-4o", "ls_provider": "openai", "thread_id": "t"}},
    "session_name": "shop",
    "total_cost": "0.25",
    "status": "success",
}


def read(document: Any) -> list[Batch]:
    """The batches of a document of which nothing is refused."""
    return list(sniff.read(document, pytest.fail))


def spans_of(batches: list[Batch]) -> list[SpanDocument]:
    return [span for batch in batches for span in batch.spans]


def derived(span: SpanDocument) -> dict[str, Any]:
    """The normal columns of a span."""
    return dialects.derive(dialects.derivation(span.attributes), list(span.attributes.values()))


def test_a_trace_of_jaeger_keeps_its_services_tree_and_logs() -> None:
    """Processes are programs; references to other traces are links; tags of OpenTelemetry are fields."""
    shop, search = read(JAEGER)
    assert (shop.resource.service, shop.resource.host, search.resource.service) == ("shop", "box", "search")
    (root,), (child,) = shop.spans, search.spans
    assert (root.name, root.parent_id, root.end_ns) == ("POST /chat", None, 1_729_181_197_750_160_000)
    assert root.attributes == {"tokens": 12, "otel.kind": "server"}
    assert root.events == [{"name": "first", "time_ns": 1_729_181_197_748_700_000, "attributes": {"n": 1}}]
    assert (child.parent_id, child.status, child.trace_id) == (root.span_id, "ERROR", root.trace_id)
    assert [link["trace_id"] for link in child.links] == ["aa".rjust(32, "0")]


def test_spans_of_zipkin_that_share_an_id_are_two() -> None:
    """The server's half of a call is below the client's half."""
    backend, frontend = read(ZIPKIN)
    (client,), (server,) = backend.spans, frontend.spans
    assert client.trace_id.hex() == "0000000000000000" + "5af7183fb1d4cf5f"
    assert (client.status, client.status_message, client.attributes["otel.kind"]) == ("ERROR", "no route", "client")
    assert client.events[0]["name"] == "sent"
    assert (server.parent_id, server.is_entry) == (client.span_id, True)
    assert server.span_id != client.span_id


def test_an_observation_of_langfuse_has_tokens_cost_and_ttft() -> None:
    """Objects may be texts; snake case is of exports, camel case of the API."""
    camel = {"traceId": OBSERVATION["trace_id"], "parentObservationId": OBSERVATION["parent_observation_id"]}
    api = {key: value for key, value in OBSERVATION.items() if key not in ("trace_id", "parent_observation_id")} | camel
    for document in (OBSERVATION, api, [OBSERVATION], {"data": [OBSERVATION]}):
        (batch,) = read(document)
        (span,) = batch.spans
        assert (span.trace_id.hex(), span.span_id, span.parent_id) == (OBSERVATION["trace_id"], 1, 2)
        assert span.inputs == {"messages": [{"role": "user", "content": "hi"}]}
        assert span.outputs == "hello"
        columns = derived(span)
        assert (columns["kind"], columns["model"], columns["input_tokens"]) == ("LLM", "gpt-4o", 10)
        assert (columns["cost_usd"], columns["ttft_ms"]) == (0.3, 500)
        assert span.attributes["langfuse.observation.metadata.team"] == "a"
        (labels,) = batch.traces
        assert (labels.session_id, labels.user_id, labels.tags) == ("s", "u", {"prod": ""})
        assert labels.metadata == {"environment": "test"}


def test_a_score_of_langfuse_is_an_assessment() -> None:
    """Annotations are of people."""
    (batch,) = read(SCORE)
    ((score,),) = [labels.assessments for labels in batch.traces]
    assert (score.name, score.value, score.source_type, score.span_id) == ("helpful", True, "HUMAN", 1)
    assert score.rationale == "yes"


def test_a_run_of_langsmith_has_model_tokens_cost_and_thread() -> None:
    """With its children, which may stand inside it."""
    root = {**RUN, "id": RUN["trace_id"], "parent_run_id": None, "run_type": "chain", "name": "chat", "tags": ["a"]}
    batches = read({**root, "child_runs": [RUN]})
    chain, call = spans_of(batches)
    assert (chain.kind, chain.parent_id, call.kind, call.parent_id) == ("CHAIN", None, "LLM", chain.span_id)
    assert call.trace_id.hex() == RUN["trace_id"].replace("-", "")
    columns = derived(call)
    assert (columns["model"], columns["input_tokens"], columns["cache_read_tokens"]) == ("gpt-4o", 7, 3)
    assert (columns["cost_usd"], columns["ttft_ms"]) == (0.25, 500)
    assert batches[0].traces[0].session_id == "t"
    assert batches[0].traces[0].tags == {"a": ""}
    assert (call.status, batches[0].resource.service) == ("OK", "shop")


def test_what_cannot_be_read_is_refused_and_the_rest_is_kept() -> None:
    """A bad row costs nothing else."""
    for good, bad in (
        (OBSERVATION, {**OBSERVATION, "start_time": "soon"}),
        (RUN, {**RUN, "id": 5}),
        (ZIPKIN[0], {**ZIPKIN[0], "timestamp": -1}),
    ):
        reasons: list[str] = []
        assert len(spans_of(list(sniff.read([good, bad], reasons.append)))) == 1
        assert len(reasons) == 1


def test_a_document_of_no_format_says_what_it_has() -> None:
    with pytest.raises(FormatError, match="with the names a"):
        list(sniff.read({"a": 1}, pytest.fail))


def test_ids_of_any_form_are_the_same_each_time() -> None:
    """Hex digits and UUIDs stay; any other text is its digest."""
    assert trace_key("0190a6a0-0000-7000-8000-000000000001", "id").hex() == "0190a6a0000070008000000000000001"
    assert trace_key("my trace", "id") == trace_key(" my trace ", "id") != trace_key("my trace 2", "id")
    assert span_key("ffffffffffffffff", "id") == -1
    with pytest.raises(FormatError, match="span id is missing"):
        span_key("", "span id")


@given(st.datetimes(min_value=datetime(1970, 1, 1)))
def test_times_without_a_zone_are_utc(time: Any) -> None:
    if time.year < 2262:
        assert iso_ns(str(time), "time") == iso_ns(f"{time.isoformat()}Z", "time")


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 5))
def test_joined_batches_have_the_same_spans_and_labels(services: list[int], at_once: int) -> None:
    """Whatever the order of the programs."""
    batches = [
        Batch(
            Resource(f"service {service}"),
            [SpanDocument(bytes(16), number, None, "x", 1, 2)],
            [TraceDocument(bytes(16), tags={str(number): ""}, session_id=str(number))],
        )
        for number, service in enumerate(services)
    ]
    before = joined.SPANS_AT_ONCE
    joined.SPANS_AT_ONCE = at_once
    try:
        found = list(join(iter(batches)))
    finally:
        joined.SPANS_AT_ONCE = before
    assert sorted(span.span_id for span in spans_of(found)) == list(range(len(services)))
    assert {tag for batch in found for labels in batch.traces for tag in labels.tags} == set(
        map(str, range(len(services)))
    )
    for batch in found:
        assert all(services[span.span_id] == int(batch.resource.service[-1]) for span in batch.spans)
