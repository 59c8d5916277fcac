"""The formats of `tracetui export` that hold many traces: Markdown, OTLP in protobuf, MLflow's JSON."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run
from tracetui.store.importers.sniff import read_protobuf
from tracetui.tracer.entities.trace import Trace


def test_markdown_has_each_trace_below_the_other(file: TraceFile, run: Run) -> None:
    """For an issue, or for a model to read."""
    both = run("export", "-f", "", "--format", "markdown").out
    last = run("export", "last", "--format", "markdown").out
    assert last.startswith("# ")
    assert both.startswith(last.rstrip("\n"))
    assert len([line for line in both.splitlines() if line.startswith("# ")]) == len(
        run("ls", "--json").out.splitlines()
    )


def test_protobuf_is_one_message_of_all_traces(file: TraceFile, run: Run, tmp_path: Path) -> None:
    """TracesData, as the collector and MLflow's archives have it; `tracetui import` reads it."""
    path = tmp_path / "traces.pb"
    ran = run("export", "-f", "", "--format", "otlp-protobuf", "-o", str(path))
    assert ran.code == 0, ran.err
    expected = {json.loads(line)["trace_id"] for line in run("ls", "--json").out.splitlines()}
    found = {span.trace_id.hex() for batch in read_protobuf(path, pytest.fail) for span in batch.spans}
    assert found
    assert found <= expected


def test_mlflow_reads_what_is_exported_for_it(file: TraceFile, run: Run, tmp_path: Path) -> None:
    """`Trace.to_json`, one trace in each line."""
    trace = file.trace("for mlflow")
    trace.span("call", kind="LLM", inputs={"q": 1}, attributes={"a": 1})
    path = tmp_path / "traces.jsonl"
    ran = run("export", trace.hex_id, "--format", "mlflow", "-o", str(path))
    assert ran.code == 0, ran.err
    (line,) = path.read_text().splitlines()
    entities: list[Any] = [Trace]
    if find_spec("mlflow") is not None:
        entities.append(import_module("mlflow.entities").Trace)
    for entity in entities:
        read = entity.from_json(line)
        assert read.info.trace_id.removeprefix("tr-") == trace.hex_id
        (span,) = read.data.spans
        assert (span.name, span.span_type, span.inputs) == ("call", "LLM", {"q": 1})
