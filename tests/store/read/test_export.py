"""An exported trace is complete and exact, is one valid JSON document, and harms neither terminal nor disk."""

from __future__ import annotations

import json
import math
import os
import stat
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import EPOCH_NS, TraceFile, at_ms
from tracetui.store.file.private_file import write_atomically
from tracetui.store.read import export, trace_document
from tracetui.store.read.reader import Reader
from tracetui.store.read.trace_lookup import TraceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW_NS = at_ms(60_000)


@pytest.fixture
def reader(file: TraceFile) -> Iterator[Reader]:
    """A reader of the file under construction."""
    with Reader(file.path) as opened:
        yield opened


def exported(reader: Reader, trace: int) -> Any:
    """The document, read back."""
    return json.loads("".join(export.export_trace(reader, trace, now_ns=NOW_NS)))


def test_document_contains_everything(file: TraceFile, reader: Reader) -> None:
    """One request with a failing call, compared whole."""
    process = file.process(service="shop", pid=4321, host="elsewhere", heartbeat_ns=NOW_NS, command="shop.py")
    trace = file.trace(
        "checkout",
        kind="CHAIN",
        session_id="s-1",
        user_id="ada",
        model="gpt-4o",
        input_tokens=12,
        output_tokens=3,
        cost_usd=0.25,
        ttft_ms=412.5,
        request_preview="buy",
        tags='{"env": "prod"}',
        metadata='{"git_sha": "abc"}',
        client_request_id="r-9",
        process=process,
    )
    root = trace.span("checkout", kind="CHAIN", end_ms=25, inputs={"q": "buy"}, outputs=["done", 1], thread=7)
    exception = {"exception.type": "ValueError", "exception.message": "bad", "exception.stacktrace": "Traceback ..."}
    trace.span(
        "ask",
        parent=root,
        kind="LLM",
        start_ms=1,
        end_ms=20.000001,
        status="ERROR",
        status_message="ValueError: bad",
        attributes={"llm.ttft_ms": 412.5, "stream": True, "stop": ["a", "b"]},
        events=[{"name": "exception", "time_ns": at_ms(19) + 123_456, "attributes": exception}],
        links=[{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}],
        model="gpt-4o",
        input_tokens=12,
    )
    nothing: dict[str, Any] = dict.fromkeys(
        [
            *(
                "model",
                "response_model",
                "provider",
                "input_tokens",
                "output_tokens",
                "cache_read_tokens",
                "cache_write_tokens",
            ),
            *("reasoning_tokens", "cost_usd", "cost_source", "ttft_ms", "chunk_count", "thread", "status_message"),
        ]
    )
    assert exported(reader, trace.id) == {
        "format": "tracetui.trace",
        "version": 2,
        "trace": {
            "trace_id": trace.hex_id,
            "name": "checkout",
            "kind": "CHAIN",
            "status": "OK",
            "status_message": None,
            "start_ns": EPOCH_NS,
            "end_ns": at_ms(25),
            "start": "2026-01-02T03:04:05.000000000Z",
            "end": "2026-01-02T03:04:05.025000000Z",
            "duration_ms": 25.0,
            "span_count": 2,
            "open_count": 0,
            "error_count": 1,
            "session_id": "s-1",
            "user_id": "ada",
            "client_request_id": "r-9",
            "model": "gpt-4o",
            "input_tokens": 12,
            "output_tokens": 3,
            "cost_usd": 0.25,
            "calls_without_price": None,
            "cost_is_lower_bound": None,
            "ttft_ms": 412.5,
            "request_preview": "buy",
            "response_preview": '["done", 1]',
            "tags": {"env": "prod"},
            "metadata": {"git_sha": "abc"},
            "process": {
                "service": "shop",
                "pid": 4321,
                "host": "elsewhere",
                "command": "shop.py",
                "python": "3.11.7",
            },
            "assessments": [],
        },
        "spans": [
            nothing
            | {
                "span_id": "0000000000005001",
                "parent_id": None,
                "name": "checkout",
                "kind": "CHAIN",
                "status": "OK",
                "start_ns": EPOCH_NS,
                "end_ns": at_ms(25),
                "start": "2026-01-02T03:04:05.000000000Z",
                "end": "2026-01-02T03:04:05.025000000Z",
                "duration_ms": 25.0,
                "thread": 7,
                "service": "shop",
                "pid": 4321,
                "attributes": {},
                "inputs": {"q": "buy"},
                "outputs": ["done", 1],
                "events": [],
                "links": [],
            },
            nothing
            | {
                "span_id": "0000000000005002",
                "parent_id": "0000000000005001",
                "name": "ask",
                "kind": "LLM",
                "status": "ERROR",
                "status_message": "ValueError: bad",
                "start_ns": at_ms(1),
                "end_ns": at_ms(20) + 1,
                "start": "2026-01-02T03:04:05.001000000Z",
                "end": "2026-01-02T03:04:05.020000001Z",
                "duration_ms": 19.000001,
                "model": "gpt-4o",
                "input_tokens": 12,
                "service": "shop",
                "pid": 4321,
                "attributes": {"llm.ttft_ms": 412.5, "stream": True, "stop": ["a", "b"]},
                "events": [
                    {
                        "name": "exception",
                        "time_ns": at_ms(19) + 123_456,
                        "time": "2026-01-02T03:04:05.019123456Z",
                        "attributes": exception,
                    }
                ],
                "links": [{"trace_id": "ab" * 16, "span_id": "cd" * 8, "attributes": {"why": "retry"}}],
                "exception": {"type": "ValueError", "message": "bad", "stacktrace": "Traceback ..."},
            },
        ],
        "attachments": [],
    }


def test_open_span_is_running_or_lost(file: TraceFile, reader: Reader) -> None:
    """As its process lives or is gone; its end is not made up."""
    for ended_ns, expected in ((None, "RUNNING"), (at_ms(1), "LOST")):
        trace = file.trace(process=file.process(ended_ns=ended_ns))
        trace.span("open", end_ms=None)
        document = exported(reader, trace.id)
        (span,) = document["spans"]
        assert (document["trace"]["status"], span["status"]) == (expected, expected)
        assert span["end"] is span["end_ns"] is span["duration_ms"] is None


def test_recorded_null_differs_from_nothing_recorded(file: TraceFile, reader: Reader) -> None:
    """A function that returned None did return."""
    trace = file.trace()
    trace.span("silent")
    span = trace.span("none", inputs=1)
    file.connection.execute("UPDATE payload SET outputs = 'null' WHERE span = ?", (span.id,))
    silent, none = exported(reader, trace.id)["spans"]
    assert "outputs" not in silent
    assert none["outputs"] is None


def test_export_keeps_exact_values(file: TraceFile, reader: Reader) -> None:
    """Integers of any size, unpaired surrogates, control characters; and the ids of spans above 2**63."""
    big, text = 123456789012345678901234567890, "\ud83d \x1b[2J \x7f \x9b é 好"
    trace = file.trace(name="é\x1b")
    trace.span(attributes={"big": big, "text": [text]}, inputs={"n": big, "t": text}, span_id=-1)
    (span,) = exported(reader, trace.id)["spans"]
    assert span["attributes"] == {"big": big, "text": [text]}
    assert span["inputs"] == {"n": big, "t": text}
    assert span["span_id"] == "f" * 16


def test_export_writes_numbers_that_json_lacks_as_words(file: TraceFile, reader: Reader) -> None:
    """`NaN` in the document would make it none."""
    trace = file.trace()
    trace.span(attributes={"a": math.nan, "b": math.inf, "c": {"d": [-math.inf, 1.5]}})
    text = "".join(export.export_trace(reader, trace.id, now_ns=NOW_NS))
    document = json.loads(text, parse_constant=pytest.fail)
    assert document["spans"][0]["attributes"] == {"a": "NaN", "b": "Infinity", "c": {"d": ["-Infinity", 1.5]}}


@pytest.mark.parametrize(
    "stored", ["not json", "[" * 5000 + "]" * 5000, "[" * 990 + "]" * 990, "[" * 350 + "]" * 350, ""]
)
def test_payload_that_is_odd_is_exported_all_the_same(file: TraceFile, reader: Reader, stored: str) -> None:
    """As its text, or as a value nested deep."""
    trace = file.trace()
    span = trace.span(inputs=1, outputs=2, events=[])
    file.connection.execute("UPDATE payload SET inputs = ?, events = ? WHERE span = ?", (stored, stored, span.id))
    (document,) = exported(reader, trace.id)["spans"]
    assert document["inputs"] == stored or json.dumps(document["inputs"]).replace(" ", "") == stored


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_json_is_always_printable_ascii(value: Any) -> None:
    """Whatever a trace holds, `cat` shows it and every reader of JSON reads it."""
    text = trace_document.to_json(value)
    assert text.isascii()
    assert text.isprintable()
    if "Infinity" not in text:
        assert json.loads(text) == value


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_time_keeps_its_nanoseconds(ns: int) -> None:
    """All nine digits, for any moment that a file can hold."""
    text = trace_document.iso_utc(ns)
    assert text is not None
    assert int(text[20:29]) == ns % 1_000_000_000
    assert text.endswith("Z")


def test_times_outside_the_calendar_are_null() -> None:
    """JSON of another program may contain any number."""
    assert trace_document.iso_utc(1 << 80) is None


def test_trace_without_spans_is_a_document_too(file: TraceFile, reader: Reader) -> None:
    """Its spans may not have come yet."""
    assert exported(reader, file.trace("early").id)["spans"] == []


def test_export_of_a_missing_trace_raises_before_it_writes(reader: Reader, tmp_path: Path) -> None:
    """No empty file is left behind."""
    with pytest.raises(TraceNotFoundError):
        export.write_trace(reader, 99, tmp_path / "out.json", now_ns=NOW_NS)
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_exported_file_is_private_and_replaces_another_only_when_told_to(
    file: TraceFile, reader: Reader, tmp_path: Path
) -> None:
    """Prompts are secrets, also in a file that was readable by all."""
    target = tmp_path / "out.json"
    target.write_text("old")
    target.chmod(0o644)
    trace = file.trace("new")
    with pytest.raises(FileExistsError):
        export.write_trace(reader, trace.id, target, now_ns=NOW_NS)
    assert target.read_text() == "old"
    export.write_trace(reader, trace.id, target, now_ns=NOW_NS, replace=True)
    assert json.loads(target.read_text())["trace"]["name"] == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("points_at", ["secret.txt", "nowhere.txt"])
def test_export_follows_no_link(
    file: TraceFile, reader: Reader, tmp_path: Path, points_at: str, *, replace: bool
) -> None:
    """Neither to a file that is there nor to one that would be made, and the link stays."""
    (tmp_path / "secret.txt").write_text("mine")
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / points_at)
    with pytest.raises(OSError, match=r"exists|link"):
        export.write_trace(reader, file.trace().id, link, now_ns=NOW_NS, replace=replace)
    assert link.is_symlink()
    assert (tmp_path / "secret.txt").read_text() == "mine"
    assert not (tmp_path / "nowhere.txt").exists()


def test_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    """Between the first look and the last byte; also where the file system knows no links."""
    for has_links in (True, False):
        target = tmp_path / f"out-{has_links}.json"

        def pieces(target: Path = target) -> Iterator[bytes]:
            target.write_text("theirs")
            yield b"ours"

        with pytest.MonkeyPatch.context() as patch:
            if not has_links:
                patch.setattr(os, "link", Mock(side_effect=PermissionError))
            with pytest.raises(FileExistsError):
                write_atomically(target, pieces())
            assert target.read_text() == "theirs"
            target.unlink()
            write_atomically(target, [b"ours"])
        assert target.read_bytes() == b"ours"
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert len(list(tmp_path.glob(".*.part"))) == 0


def test_export_writes_into_a_pipe(file: TraceFile, reader: Reader, tmp_path: Path) -> None:
    """`-o /dev/stdout` must not replace /dev/stdout."""
    trace = file.trace("new")
    target = tmp_path / "target.json"
    export.write_trace(reader, trace.id, target, now_ns=NOW_NS)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[str] = []
    thread = threading.Thread(target=lambda: received.append(pipe.read_text()))
    thread.start()
    export.write_trace(reader, trace.id, pipe, now_ns=NOW_NS)
    thread.join()
    assert pipe.is_fifo()
    assert received == [target.read_text()]


def test_export_that_fails_leaves_the_old_file(
    file: TraceFile, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all, and no scraps beside it."""
    target = tmp_path / "out.json"
    target.write_text("old")
    trace = file.trace()
    trace.span()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "span_object", fail)
    with pytest.raises(OSError, match="No space"):
        export.write_trace(reader, trace.id, target, now_ns=NOW_NS, replace=True)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.json"]


def test_export_holds_one_batch_at_a_time(file: TraceFile, reader: Reader) -> None:
    """The export of 20 MB of prompts needs less than a quarter of that memory."""
    trace = file.trace()
    file.connection.execute("BEGIN")
    for _ in range(2_000):
        trace.span(inputs="x" * 10_000)
    file.connection.execute("COMMIT")
    tracemalloc.start()
    try:
        written = sum(map(len, export.export_trace(reader, trace.id, now_ns=NOW_NS)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 20_000_000
    assert peak < written / 2
