"""`tracetui watch`: once for CI, and live."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.builders import EPOCH_NS, TraceFile
from tests.tui.conftest import Run, flush


@pytest.fixture
def failing(file: TraceFile) -> TraceFile:
    """Thirty calls, ten of which failed."""
    for number in range(30):
        trace = file.trace("ask")
        trace.span("chat", kind="LLM", ttft_ms=100.0 + number, status="ERROR" if number % 3 == 0 else "OK")
    return file


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ("kind = LLM and is:error | count() > 5", 3, "HOLDS        count() is 10 of 10, rule > 5"),
        ("kind = LLM and is:error | count() > 50", 0, "FINE         count() is 10 of 10, rule > 50"),
        ("kind = LLM | p95(ttft) > 120ms", 3, "HOLDS        p95(ttft) is 128 ms of 30, rule > 120 ms"),
        ("kind = LLM | p99(ttft) > 120ms", 1, "TOO FEW"),
        ("kind = TOOL | count() > 0", 0, "FINE         count() is 0"),
        ("kind = TOOL | p95(ttft) > 1s", 1, ""),
    ],
)
def test_watch_once_is_a_gate_for_ci(failing: TraceFile, run: Run, rule: str, code: int, said: str) -> None:
    """3 if the rule holds, 0 if not, 1 if there is too little to say."""
    ran = run("watch", "--once", rule)
    assert ran.code == code
    assert said in ran.out


def test_a_gate_compares_with_the_run_before(failing: TraceFile, run: Run, tmp_path: Path) -> None:
    """`--once --json` writes the baseline that a later run reads."""
    baseline = tmp_path / "baseline.json"
    baseline.write_text(run("watch", "--once", "--json", "kind = LLM | p50(ttft) > 1s").out)
    assert run("watch", "--once", "kind = LLM | p50(ttft) > 1.5x", "--baseline", str(baseline)).code == 0
    for _ in range(60):
        failing.trace("ask").span("chat", kind="LLM", ttft_ms=900.0)
    ran = run("watch", "--once", "kind = LLM | p50(ttft) > 1.5x", "--baseline", str(baseline))
    assert ran.code == 3
    assert "rule > 1.5 x the baseline (114 ms)" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kind = LLM"], "watch compares an aggregate"),
        (["kind = LLM | p95(ttft) > 2x"], "give --baseline"),
        (["kind = LLM | p95(ttft) > 2x", "--baseline", "nowhere.json"], "cannot read nowhere.json"),
        (["kind = LLM | count() > 1", "--last", "soon"], "--last needs a time"),
        (["kind = LLM | p95(ttft) >"], "tracetui help filter"),
    ],
)
def test_watch_refuses_what_it_cannot_check(failing: TraceFile, run: Run, arguments: list[str], said: str) -> None:
    """With exit code 2, and the way out."""
    ran = run("watch", "--once", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_watch_reports_what_begins_and_runs_a_command(failing: TraceFile, tmp_path: Path) -> None:
    """Live: the rule is fine, then it holds, a command runs, and the watch ends with 3."""
    note = tmp_path / "note.json"
    now_ms = (time.time_ns() - EPOCH_NS) / 1e6
    failing.trace("ask", start_ms=now_ms).span("chat", kind="LLM")
    command = [
        *(sys.executable, "-m", "tracetui.tui", "watch", "is:error | count() > 0", "--db", str(failing.path)),
        *("--last", "1h", "--exit", "--run", f'printf %s "$TRACETUI_WATCH" > {note}'),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "FINE" in process.stdout.readline()
            with flush(failing):
                failing.trace("ask", start_ms=now_ms).span("chat", kind="LLM", status="ERROR")
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert "HOLDS        count() is 1 of 1, rule > 0" in out
    assert process.returncode == 3
    assert json.loads(note.read_text())["state"] == "holds"
