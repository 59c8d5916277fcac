"""What tracing costs where nothing comes of it: switched off, sampled out, or with a file that takes nothing."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .subjects import OURS


class _Case(NamedTuple):
    subject: str
    title: str
    state: str | None
    variables: dict[str, str]
    limit_us: float | None = None
    """Goal for a bare span."""


_CASES = {
    "bare": _Case("bare_loop", "floor: the same calls of nothing", None, {}),
    "variable": _Case(OURS, "tracetui, `TRACETUI_DISABLED=1`", None, {"TRACETUI_DISABLED": "1"}, 1.0),
    "disabled": _Case(OURS, "tracetui, `disable()`", "disabled", {}, 1.0),
    "sampled_out": _Case(OURS, "tracetui, sampling ratio 0", "sampled_out", {}, 1.5),
    "file_cannot_grow": _Case(OURS, "tracetui, the disk is full", "file_cannot_grow", {}, 7.0),
    "no_such_place": _Case(OURS, "tracetui, the file cannot be made", "no_such_place", {}, 7.0),
    "recorded": _Case(OURS, "tracetui, recording", None, {}),
    "otel_disabled": _Case("otel_null", "OpenTelemetry API without its SDK", "disabled", {}),
    "otel_sampled": _Case("otel_null", "OpenTelemetry SDK, sampler that says no", "sampled_out", {}),
    "logfire_sampled": _Case("logfire_null", "Logfire, head sampling 0", "sampled_out", {}),
    "langfuse_disabled": _Case("langfuse_null", "Langfuse, tracing not enabled", "disabled", {}),
    "mlflow_disabled": _Case("mlflow_sqlite", "MLflow, `tracing.disable()`", "disabled", {}),
}
_SHAPES = {"bare": "bare span", "decorated": "decorated function", "attributes": "span with five attributes"}
_SPANS = 4_000


def run(options: Options) -> list[Report]:
    """Every case in a process of its own, in turns."""
    there = set(children.subjects_for(options, sorted({case.subject for case in _CASES.values()})))
    cases = {name: case for name, case in _CASES.items() if case.subject in there}
    found: dict[tuple[str, str], list[float]] = {(name, shape): [] for name in cases for shape in _SHAPES}
    said = {}
    with children.scratch_folder(options) as folder, ExitStack() as stack:
        started: dict[str, children.Child] = {}
        for name, case in cases.items():
            (folder / name).mkdir()
            python = children.python_of(options, case.subject)
            child = started[name] = children.Child(case.subject, python, folder / name, variables=case.variables)
            stack.callback(child.close)
            if case.state is not None:
                child.do("enter", state=case.state)
        for number in range(options.rounds(9) + 1):
            for name, child in started.items():
                for shape, took_us in child.do("unrecorded", spans=options.amount(_SPANS)).items():
                    if number > 0:  # the first round warms up
                        found[name, shape].append(took_us)
        for name, child in started.items():
            said[name] = child.said().count("tracetui:")
    report = Report(
        "Cost where nothing is recorded, microseconds in the caller",
        ("", *_SHAPES.values(), "warnings"),
        notes=[
            f"Median (10th-90th percentile) of {options.rounds(9)} rounds. A full disk: every write fails; spans wait"
            " in memory until the queue is full, then are dropped and counted. Loops without a pause, so the writer of"
            " the recording process is at full load."
        ],
    )
    for name, case in cases.items():
        spreads = {shape: Spread.of(found[name, shape]) for shape in _SHAPES}
        warnings = str(said[name]) if case.subject == OURS else ""
        report.rows.append((case.title, *map(str, spreads.values()), warnings))
        if case.limit_us is not None:
            report.goals.append(Goal(f"{case.title}, bare span, µs", spreads["bare"].median, case.limit_us))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
