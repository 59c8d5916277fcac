"""Which traces are kept by chance at their start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import query, run_program
from tests.support.recorded import Recorded
from tracetui.tracer import start_span, trace
from tracetui.tracer.parts import ids
from tracetui.tracer.settings.settings import config


@pytest.fixture(autouse=True)
def _usual_settings() -> Iterator[None]:
    yield
    config.sampling_ratio = 1.0
    ids.seed()


@trace
def leaf() -> None:
    pass


def test_ratio_keeps_its_share_of_whole_traces(recorded: Recorded) -> None:
    """The root decides; its children are there or are not with it."""
    ids.seed(1)
    config.sampling_ratio = 0.3
    for _ in range(500):
        with start_span("root"):
            leaf()
    rows = recorded.traces()
    assert 110 <= len(rows) <= 190
    assert {row["span_count"] for row in rows} == {2}


def test_ratio_comes_from_the_environment(tmp_path: Path) -> None:
    """`TRACETUI_SAMPLING_RATIO=0` records nothing and does no I/O; nonsense is no ratio."""
    program = "from tracetui.tracer import trace; trace(len)('abc')"
    run_program(program, tmp_path / "none.db", TRACETUI_SAMPLING_RATIO="0")
    assert not (tmp_path / "none.db").exists()
    for text in ("nonsense", "7", "10%", ""):
        ended = run_program(program, tmp_path / f"all{text}.db", TRACETUI_SAMPLING_RATIO=text)
        assert query(tmp_path / f"all{text}.db", "SELECT count(*) FROM spans") == [(1,)]
        assert (f"TRACETUI_SAMPLING_RATIO={text!r} is ignored" in ended.stderr) is bool(text)


def test_mlflows_ratio_counts_where_ours_is_not_set(tmp_path: Path) -> None:
    """`MLFLOW_TRACE_SAMPLING_RATIO`, of programs that come from there."""
    program = "from tracetui.tracer import trace; trace(len)('abc')"
    run_program(program, tmp_path / "none.db", MLFLOW_TRACE_SAMPLING_RATIO="0.0")
    assert not (tmp_path / "none.db").exists()
    run_program(program, tmp_path / "all.db", MLFLOW_TRACE_SAMPLING_RATIO="0.0", TRACETUI_SAMPLING_RATIO="1")
    assert query(tmp_path / "all.db", "SELECT count(*) FROM spans") == [(1,)]


def test_mlflows_ratio_is_for_mlflow_alone_where_mlflow_itself_traces(tmp_path: Path) -> None:
    """Its sampler decides about its traces, and ours about the file."""
    (tmp_path / "mlflow" / "tracing").mkdir(parents=True)
    (tmp_path / "mlflow" / "tracing" / "provider.py").touch()
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom tracetui.tracer import trace\n"
    program += "import mlflow.tracing.provider; trace(len)('abc')"
    run_program(program, tmp_path / "all.db", MLFLOW_TRACE_SAMPLING_RATIO="0.0")
    assert query(tmp_path / "all.db", "SELECT count(*) FROM spans") == [(1,)]
    run_program(program, tmp_path / "none.db", MLFLOW_TRACE_SAMPLING_RATIO="0.0", TRACETUI_SAMPLING_RATIO="0.0")
    assert not (tmp_path / "none.db").exists()


def test_a_function_has_its_own_ratio(recorded: Recorded) -> None:
    """`sampling_ratio_override` counts where a call begins a trace, inside one its root has decided."""

    @trace(sampling_ratio_override=0.0)
    def never() -> None:
        leaf()

    @trace(sampling_ratio_override=1.0)
    def always() -> None:
        leaf()

    never()
    with start_span("root"):
        never()
    config.sampling_ratio = 0.0
    always()
    with start_span("out"):
        always()
    assert [(row["name"], row["span_count"]) for row in recorded.traces()] == [("root", 3), ("always", 2)]
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        trace(sampling_ratio_override=2.0)(leaf)
