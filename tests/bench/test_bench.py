"""The benchmarks load and their large file is a real one. Nothing is timed here."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

from tracetui.store.read.reader import Reader

ROOT = Path(__file__).resolve().parents[2]
PEERS = (
    "otel_sdk",
    "otel_null",
    "otel_alone",
    "otel_processor",
    "otel_sqlite",
    "mlflow_sqlite",
    "logfire_null",
    "langfuse_null",
    "nowhere",
    "counted",
)
NEEDS_PEERS = {f"tests.bench.subjects.{name}" for name in PEERS} | {"tests.bench.__main__", "tests.bench.test_bench"}


@pytest.fixture(autouse=True)
def _repository_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.mark.skipif(sys.platform == "win32", reason="the benchmarks of the explorer need a pseudo-terminal")
def test_every_benchmark_loads() -> None:
    """`python -m tests.bench` finds all of its modules."""
    package = importlib.import_module("tests.bench")
    found = {module.name for module in pkgutil.walk_packages(package.__path__, "tests.bench.")}
    assert found > NEEDS_PEERS
    for name in sorted(found - NEEDS_PEERS):
        importlib.import_module(name)
    assert callable(importlib.import_module("tests.bench.live").run)


def test_generated_file_is_read_as_the_traces_it_was_asked_for(tmp_path: Path) -> None:
    """A generated file holds whole, ended traces with usage and time to first token."""
    importlib.import_module("tests.bench.million_file").write(tmp_path / "traces.db", 30)
    reader = Reader(tmp_path / "traces.db")
    traces = reader.traces(range(1, 31))
    assert len(traces) == 30
    assert {trace.span_count for trace in traces} == {10}
    assert all(trace.status == "OK" and trace.open_count == 0 and trace.end_ns for trace in traces)
    assert all(trace.ttft_ms and trace.input_tokens and trace.output_tokens for trace in traces)
    spans = reader.spans(30)
    assert len(spans) == 10
    assert {span.kind for span in spans} == {"AGENT", "CHAIN", "LLM", "TOOL"}
    reader.close()


def test_a_percentile_lies_between_its_neighbours() -> None:
    """The spread of measurements is told by linear interpolation."""
    spread = importlib.import_module("tests.bench.spread").Spread.of([40.0, 10.0, 30.0, 20.0])
    assert (spread.low, spread.median, spread.high) == pytest.approx((13.0, 25.0, 37.0))
