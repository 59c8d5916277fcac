"""Nothing that is sent brings the receiver down: each request is answered in OTLP."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tracetui.tracer.receiver.app import receiver_app
from tracetui.tracer.receiver.recorder import ReceiverRecorder

PATHS = st.sampled_from(["/", "/v1/traces", "/v1/logs", "/v1/metrics", "/v1/other"])
NAMES = st.sampled_from([
    *("resourceSpans", "scopeSpans", "spans", "resourceLogs", "scopeLogs", "logRecords", "resourceMetrics"),
    *("scopeMetrics", "metrics", "sum", "dataPoints", "resource", "scope", "attributes", "key", "value", "stringValue"),
    *("intValue", "arrayValue", "kvlistValue", "values", "traceId", "spanId", "name", "startTimeUnixNano", "events"),
    *("endTimeUnixNano", "status", "code", "links", "body", "timeUnixNano", "eventName", "kind", "flags"),
])  # fmt: skip
LEAVES = st.sampled_from([
    *(None, True, 0, 1, -1, 1 << 62, 1.5, "", "1", "x", "session.id", "gen_ai.evaluation.result", "service.name"),
    *("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "\ud800".encode("utf-8", "replace").decode(), "\0"),
])  # fmt: skip
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25
)
SPAN = st.fixed_dictionaries(
    {"traceId": st.just("5b8efff798038103d269b633813fc60c"), "spanId": st.just("eee19b7ec3c1b174")},
    optional=dict.fromkeys(("name", "attributes", "events", "links", "status", "flags", "kind"), DOCUMENTS)
    | {"startTimeUnixNano": LEAVES | st.just("1000"), "endTimeUnixNano": LEAVES | st.just("2000")},
)
RECORD = st.fixed_dictionaries(
    {"traceId": st.just("5b8efff798038103d269b633813fc60c"), "spanId": st.just("eee19b7ec3c1b174")},
    optional=dict.fromkeys(("attributes", "body", "eventName", "timeUnixNano"), DOCUMENTS),
)
REQUESTS = st.one_of(
    DOCUMENTS,
    st.lists(SPAN, max_size=3).map(lambda spans: {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}),
    st.lists(RECORD, max_size=3).map(lambda found: {"resourceLogs": [{"scopeLogs": [{"logRecords": found}]}]}),
)
ANSWERS = frozenset({200, 400, 404, 413, 415})


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Starlette]:
    """The application of a receiver."""
    recorder = ReceiverRecorder(tmp_path / "traces.db")
    yield receiver_app(recorder, token=None)
    recorder.close()


async def answer(app: Starlette, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """Send one request."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiver") as client:
        return await client.post(path, content=body, headers=headers)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, document=REQUESTS)
async def test_any_json_is_answered(app: Starlette, path: str, document: Any) -> None:
    """With success, or with a status that says what is wrong."""
    reply = await answer(app, path, orjson.dumps(document), {"content-type": "application/json"})
    assert reply.status_code in ANSWERS, reply.text
    assert isinstance(reply.json(), dict)
    assert reply.status_code == 200 or reply.json()["message"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, body=st.binary(max_size=200), encoding=st.sampled_from(["identity", "gzip", "deflate", "br"]))
async def test_any_bytes_are_answered(app: Starlette, path: str, body: bytes, encoding: str) -> None:
    """As protobuf, compressed or said to be."""
    headers = {"content-type": "application/x-protobuf", "content-encoding": encoding}
    for sent in (body, gzip.compress(body)):
        reply = await answer(app, path, sent, headers)
        assert reply.status_code in ANSWERS
        assert reply.status_code == 200 or Status.FromString(reply.content).message
