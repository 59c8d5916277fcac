"""From `start_span` in one process to the row painted in another."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import children, command
from .options import Options
from .pty_app import PtyApp, explorer
from .report import Goal, Report
from .spread import Spread, percentile

_MEDIAN_GOAL_MS, _P99_GOAL_MS = 100.0, 200.0
_QUIET_PAUSES_S = (0.2, 3.0)
"""Between two spans of the quiet run: the explorer has slept for some of them, and not for others."""
_BUSY_PAUSES_S = (0.05, 0.3)


def run(options: Options) -> list[Report]:
    """With nothing else going on, and beside a process that records 100 spans a second."""
    report = Report(
        "From `start_span` to its row on the screen of another process, ms",
        ("", "spans", "median (10th-90th percentile)", "p99", "worst"),
        notes=[
            "A root span that stays open, its name searched in what the pseudo-terminal gets; CLOCK_MONOTONIC in both."
        ],
    )
    for title, spans_per_s, count, pauses_s in (
        ("quiet", 0, 60, _QUIET_PAUSES_S),
        ("100 spans a second going on", 100, 200, _BUSY_PAUSES_S),
    ):
        took_ms = sorted(_measure(options, spans_per_s, options.amount(count), pauses_s))
        spread = Spread.of(took_ms)
        p99 = percentile(took_ms, 99)
        report.rows.append((title, str(len(took_ms)), str(spread), f"{p99:.0f}", f"{took_ms[-1]:.0f}"))
        report.goals += [
            Goal(f"start to paint, {title}, median ms", spread.median, _MEDIAN_GOAL_MS),
            Goal(f"start to paint, {title}, p99 ms", p99, _P99_GOAL_MS),
        ]
    return [report]


def _measure(options: Options, spans_per_s: int, count: int, pauses_s: tuple[float, float]) -> list[float]:
    chance = random.Random(1)
    took_ms = []
    with (
        children.scratch_folder(options) as folder,
        _traced(folder / "traces.db") as traced,
        _load(folder / "traces.db", spans_per_s),
        explorer(folder / "traces.db") as app,
    ):
        app.wait_for("Waiting for|turn")
        app.drain(1)
        _open_span(traced, app, "warm-up")
        for number in range(count):
            app.drain(chance.uniform(*pauses_s))
            took_ms.append(_open_span(traced, app, f"m{number:05}x"))
    return took_ms


def _open_span(traced: subprocess.Popen[str], app: PtyApp, name: str) -> float:
    assert traced.stdin is not None
    assert traced.stdout is not None
    app.forget()
    traced.stdin.write(name + "\n")
    traced.stdin.flush()
    begun_ns = int(traced.stdout.readline())
    painted_ns = app.wait_for(name)
    traced.stdin.write("\n")
    traced.stdin.flush()
    return (painted_ns - begun_ns) / 1e6


@contextmanager
def _traced(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.live_child", str(path), *arguments],
        cwd=children.ROOT,
        env=children.child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def _load(path: Path, spans_per_s: int) -> Iterator[None]:
    if not spans_per_s:
        yield
        return
    with _traced(path, str(spans_per_s)):
        time.sleep(0.5)
        yield


if __name__ == "__main__":
    command.run_alone(run)
