"""Spans of other programs are written once, whatever the order and the number of times in which they arrive."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracetui.store.exchange import otlp, own
from tracetui.store.exchange.document import Batch, Resource, SpanDocument, TraceDocument
from tracetui.store.model.rows import AttachmentRecord
from tracetui.store.read.export import export_trace
from tracetui.store.read.reader import Reader
from tracetui.tracer.ingest.ingest import Counts, Ingest
from tracetui.tracer.ingest.mlflow_traces import read_mlflow
from tracetui.tui.commands.export_formats import FORMATS

TRACE = bytes(range(1, 17))
SHOP = Resource("shop")


def span(span_id: int = 1, parent_id: int | None = None, **fields: Any) -> SpanDocument:
    """An ended span."""
    values: dict[str, Any] = {
        "name": f"span {span_id}",
        "start_ns": 1_000 * span_id,
        "end_ns": 1_000_000,
        "status": "OK",
    }
    return SpanDocument(TRACE, span_id, parent_id, **{**values, "is_entry": parent_id is None, **fields})


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """Writes to `traces.db`; nothing may be refused."""
    with Ingest(tmp_path / "traces.db", pytest.fail) as opened:
        yield opened


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Query the trace file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_batch_that_is_sent_again_is_written_once(ingest: Ingest, tmp_path: Path) -> None:
    """An exporter repeats a request whose answer it did not receive."""
    batch = Batch(SHOP, [span(1), span(2, 1)], [])
    assert ingest.add(batch) == Counts(written=2)
    assert ingest.add(batch) == Counts(known=2)
    with Ingest(tmp_path / "traces.db", pytest.fail) as later:
        assert later.add(batch) == Counts(known=2)
    assert rows(tmp_path / "traces.db", "SELECT span_count FROM traces") == [(2,)]


def test_children_may_arrive_before_their_root_and_from_other_programs(ingest: Ingest, tmp_path: Path) -> None:
    """The batches of one trace merge: nothing of an earlier batch is lost, and the root names the trace."""
    ingest.add(Batch(Resource("search"), [span(3, 2, name="query")], []))
    ingest.add(Batch(SHOP, [span(2, 1, name="retrieve")], []))
    ingest.add(Batch(SHOP, [span(1, name="POST /chat")], []))
    path = tmp_path / "traces.db"
    assert rows(path, "SELECT name, span_count, status FROM traces") == [("POST /chat", 3, "OK")]
    assert rows(path, "SELECT service FROM span s JOIN process p ON p.id = s.process ORDER BY s.start_ns DESC") == [
        ("search",),
        ("shop",),
        ("shop",),
    ]


def test_an_open_span_is_replaced_when_it_ends_also_after_a_restart(tmp_path: Path) -> None:
    """A span without an end is running; the same span with an end takes its place."""
    path = tmp_path / "traces.db"
    with Ingest(path, pytest.fail) as first:
        assert first.add(Batch(SHOP, [span(1, end_ns=None, status=None)], [])).written == 1
        assert rows(path, "SELECT open_count FROM trace") == [(1,)]
    with Ingest(path, pytest.fail) as second:
        assert second.add(Batch(SHOP, [span(1, attributes={"a": 1})], [])).written == 1
        assert second.add(Batch(SHOP, [span(1)], [])).known == 1
    assert rows(path, "SELECT span_count, open_count, status FROM trace") == [(1, 0, "OK")]
    assert rows(path, "SELECT key, value FROM attributes") == [("a", 1)]


def test_secrets_of_other_programs_are_redacted(ingest: Ingest, tmp_path: Path) -> None:
    """What other SDKs send passes the same redaction as our own spans: spans, labels, resources."""
    secret = "sk-proj-" + "a1B2" * 12
    labels = TraceDocument(TRACE, tags={"note": f"key {secret}"})
    document = span(1, attributes={"header": f"Bearer {secret}"}, inputs={"q": secret}, name=f"call {secret}")
    ingest.add(Batch(Resource("shop", command=f"run --api-key {secret}"), [document], [labels]))
    ingest.close()
    assert secret.encode() not in (tmp_path / "traces.db").read_bytes()


def test_an_open_span_of_a_program_elsewhere_runs_as_long_as_the_receiver_beats(ingest: Ingest, tmp_path: Path) -> None:
    """Nobody here can see the process of another machine; when the receiver ends, the span counts as lost."""
    ingest.add(Batch(SHOP, [span(1, end_ns=None, status=None)], []))
    ingest.beat()
    with Reader(tmp_path / "traces.db") as reader:
        assert not reader.gone_processes(time.time_ns())
        ingest.close()
        assert reader.gone_processes(time.time_ns())


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text("abcxyz.", min_size=1, max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> Batch:
    """A trace of a few spans with values of every kind."""
    spans = [
        span(
            number,
            None if number == 1 else draw(st.integers(1, number - 1)),
            kind=draw(st.sampled_from(["UNKNOWN", "LLM", "TOOL", "MY_KIND"])),
            name=draw(st.text(max_size=10)),
            status=draw(st.sampled_from(["OK", "ERROR", "CANCELLED", "UNSET"])),
            attributes=draw(st.dictionaries(NAMES, VALUES, max_size=3)),
            inputs=draw(VALUES),
            outputs=draw(VALUES),
            events=draw(st.lists(st.just({"name": "e", "time_ns": 5, "attributes": {"x": 1}}), max_size=1)),
        )
        for number in range(1, draw(st.integers(2, 4)))
    ]
    labels = TraceDocument(
        TRACE,
        tags=draw(st.dictionaries(NAMES, st.text(max_size=8), max_size=2)),
        session_id=draw(st.none() | st.just("s-1")),
        attachments=[
            AttachmentRecord(
                bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "x/y", b"abc"
            )
        ],
    )
    return Batch(SHOP, spans, [labels])


def export_of(path: Path) -> Any:
    """The only trace of a file as `tracetui export` writes it, without what is of this machine."""
    with Reader(path) as reader:
        (trace,) = reader.newest_traces(2)
        return json.loads("".join(export_trace(reader, trace, now_ns=0)))


@given(documents())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_exported_trace_comes_back_without_loss(tmp_path_factory: pytest.TempPathFactory, batch: Batch) -> None:
    """Export, import, export: the two documents are equal."""
    folder = tmp_path_factory.mktemp("round")
    with Ingest(folder / "a.db", pytest.fail) as first:
        first.add(batch)
    document = export_of(folder / "a.db")
    with Ingest(folder / "b.db", pytest.fail) as second:
        for again in own.read(document, pytest.fail):
            second.add(again)
    assert export_of(folder / "b.db") == document


def is_too_large(value: Any) -> bool:
    """Whether a value is an integer for which OTLP has no type."""
    return type(value) is int and not -(1 << 63) <= value < 1 << 63


@given(documents())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_trace_goes_through_otlp_with_its_tree_times_and_values(
    tmp_path_factory: pytest.TempPathFactory, batch: Batch
) -> None:
    """What OTLP has no field for, it keeps as attributes that come back as inputs, outputs and kinds."""
    folder = tmp_path_factory.mktemp("otlp")
    with Ingest(folder / "a.db", pytest.fail) as first:
        first.add(batch)
    with Reader(folder / "a.db") as reader:
        text = "".join(map(str, FORMATS["otlp"](reader, reader.traces(reader.newest_traces(1)), 0)))
    with Ingest(folder / "b.db", pytest.fail) as second:
        for again in otlp.read(json.loads(text), pytest.fail):
            second.add(again)
    before, after = export_of(folder / "a.db"), export_of(folder / "b.db")
    for old, new in zip(before["spans"], after["spans"], strict=True):
        kept = ["span_id", "parent_id", "name", "start_ns", "end_ns", "events"]
        kept += [name for name in ("inputs", "outputs") if not is_too_large(old.get(name))]
        assert {name: old.get(name) for name in kept} == {name: new.get(name) for name in kept}
        assert old["kind"] == new["kind"] or old["kind"] == "MY_KIND"
        assert old["attributes"].items() <= new["attributes"].items() or any(
            isinstance(value, int | list | dict) for value in old["attributes"].values()
        )


def test_a_trace_of_mlflow_keeps_its_ids_labels_and_feedback(ingest: Ingest, tmp_path: Path) -> None:
    """MLflow's JSON of a trace, with its own form of ids."""
    document = {
        "info": {
            "trace_id": "tr-" + TRACE.hex(),
            "request_time": "2025-01-01T00:00:00Z",
            "state": "OK",
            "trace_metadata": {"mlflow.trace.session": "s-1", "mlflow.source.name": "/app/main.py", "team": "a"},
            "tags": {"mlflow.traceName": "chat", "env": "prod"},
            "assessments": [
                {
                    "assessment_id": "a-1",
                    "assessment_name": "good",
                    "trace_id": "tr-" + TRACE.hex(),
                    "source": {"source_type": "HUMAN", "source_id": "ann"},
                    "feedback": {"value": True},
                    "create_time": "2025-01-01T00:00:00Z",
                    "last_update_time": "2025-01-01T00:00:00Z",
                    "valid": True,
                }
            ],
        },
        "data": {
            "spans": [
                {
                    "trace_id": "AQIDBAUGBwgJCgsMDQ4PEA==",
                    "span_id": "AAAAAAAAAAE=",
                    "parent_span_id": None,
                    "name": "chat",
                    "start_time_unix_nano": 1_000,
                    "end_time_unix_nano": 2_000,
                    "status": {"code": "STATUS_CODE_OK", "message": ""},
                    "attributes": {"mlflow.spanType": '"LLM"', "mlflow.spanInputs": '{"q": 1}'},
                    "events": [],
                }
            ]
        },
    }
    for batch in read_mlflow(document, pytest.fail):
        assert ingest.add(batch) == Counts(written=1)
    path = tmp_path / "traces.db"
    exported = export_of(path)
    assert exported["trace"]["trace_id"] == TRACE.hex()
    assert exported["trace"]["session_id"] == "s-1"
    assert exported["trace"]["metadata"]["team"] == "a"
    assert exported["trace"]["tags"]["env"] == "prod"
    assert [one["name"] for one in exported["trace"]["assessments"]] == ["good"]
    (only,) = exported["spans"]
    assert (only["kind"], only["inputs"], only["span_id"]) == ("LLM", {"q": 1}, "0000000000000001")
