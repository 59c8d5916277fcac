"""Many threads, and many asyncio tasks, that record at once: what a span costs, and whether one is lost."""

from __future__ import annotations

from typing import Any

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .subjects import OURS, TITLES

SUBJECTS = (OURS, "otel_null", "otel_sqlite", "logfire_null", "langfuse_null", "mlflow_sqlite")

_THREADS, _TASKS = 64, 1_000
_REQUESTS = 100
_SLOW_REQUESTS = 2
"""By each thread; a task makes a tenth."""


def run(options: Options) -> list[Report]:
    """Both crowds, subjects in turns."""
    names = children.subjects_for(options, SUBJECTS)
    crowds = {"threads": f"{_THREADS} threads", "tasks": f"{_TASKS:,} asyncio tasks"}
    found: dict[tuple[str, str], list[dict[str, float]]] = {(name, crowd): [] for name in names for crowd in crowds}
    with children.running(options, names) as started:
        for _ in range(options.rounds(5)):
            for child in started:
                is_slow = child.name == "mlflow_sqlite"
                requests = _SLOW_REQUESTS if is_slow else options.amount(_REQUESTS)
                arguments: dict[str, dict[str, Any]] = {
                    "threads": {"thread_count": _THREADS, "requests": requests},
                    "tasks": {"task_count": _TASKS // (10 if is_slow else 1), "requests": max(1, requests // 10)},
                }
                for crowd in crowds:
                    found[child.name, crowd].append(child.do(crowd, **arguments[crowd]))
    report = Report(
        "Crowds: wall and processor time of a span, microseconds",
        ("", *(f"{title}: {what}" for title in crowds.values() for what in ("wall", "CPU until durable", "lost"))),
        notes=[
            f"Each thread makes {_REQUESTS} requests of two spans; each task {_REQUESTS // 10}, all of them"
            " open at once (MLflow: 2, and 100 tasks with one each). Wall is until the crowd is through, CPU until the"
            " last span is durable, or thrown away."
        ],
    )
    spreads = {
        (name, crowd, what): Spread.of(each[what] for each in found[name, crowd])
        for name, crowd in found
        for what in ("wall_us", "cpu_us")
    }
    for name in names:
        cells = []
        for crowd in crowds:
            lost = sum(int(each["lost"]) for each in found[name, crowd])
            cells += [str(spreads[name, crowd, "wall_us"]), str(spreads[name, crowd, "cpu_us"]), str(lost)]
            if name == OURS:
                report.goals.append(Goal(f"spans lost by {crowds[crowd]}", lost, 0))
        report.rows.append((TITLES[name], *cells))
    if "otel_sqlite" in names:
        for crowd, title in crowds.items():
            ratio = spreads[OURS, crowd, "wall_us"].median / spreads["otel_sqlite", crowd, "wall_us"].median
            report.goals.append(Goal(f"{title}, wall : DIY", ratio, 0.35))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
