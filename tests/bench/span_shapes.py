"""What a span costs the caller by the way it is opened: bare, by the decorator, with five attributes."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .subjects import OURS, TITLES

SUBJECTS = (OURS, "otel_null", "logfire_null", "langfuse_null", "mlflow_sqlite")
SHAPES = {"bare": "bare", "decorated": "decorated function", "attributes": "five attributes"}

_SPANS, _SLOW_SPANS = 300, 30
"""Fewer than any tracer's batch: over before the first flush."""
_GOAL_RATIO = 0.35
"""Of the cheapest peer, which writes nothing."""


def run(options: Options) -> list[Report]:
    """In bursts while nothing is being written."""
    names = children.subjects_for(options, SUBJECTS)
    found: dict[tuple[str, str], list[float]] = {(name, shape): [] for name in names for shape in SHAPES}
    with children.running(options, names) as started:
        for number in range(options.rounds(11) + 1):
            for child in started:
                spans = _SLOW_SPANS if child.name == "mlflow_sqlite" else _SPANS
                for shape, took_us in child.do("shape_burst", spans=spans).items():
                    if number > 0:  # the first round warms up
                        found[child.name, shape].append(took_us)
    report = Report(
        "Cost of a span by the way it is opened, microseconds in the caller",
        ("", *SHAPES.values()),
        notes=[
            f"Median (10th-90th percentile) of {options.rounds(11)} rounds of {_SPANS} root spans (MLflow:"
            f" {_SLOW_SPANS}) while nothing is being written. The decorator records arguments and result where it"
            " does so by default: OpenTelemetry's does not. Langfuse takes attributes as one object."
        ],
    )
    spreads = {key: Spread.of(values) for key, values in found.items()}
    for name in names:
        report.rows.append((TITLES[name], *(str(spreads[name, shape]) for shape in SHAPES)))
    peers = [name for name in names if name != OURS]
    for peer in peers:
        ratios = [spreads[OURS, shape].median / spreads[peer, shape].median for shape in SHAPES]
        report.rows.append(
            (f"**tracetui : {TITLES[peer].partition(',')[0]}**", *(f"**{each:.3f}**" for each in ratios))
        )
        if peer == "otel_null":
            for shape, ratio in zip(SHAPES, ratios, strict=True):
                report.goals.append(Goal(f"{SHAPES[shape]} : OpenTelemetry SDK", ratio, _GOAL_RATIO))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
