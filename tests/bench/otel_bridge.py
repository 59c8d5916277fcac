"""What a span of the OpenTelemetry API costs where tracetui provides it or records it beside the SDK."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .subjects import TITLES

PEERS = ("otel_null", "otel_sqlite")
ALONE, WITH_PROCESSOR = "otel_alone", "otel_processor"
SUBJECTS = ("bridge", *PEERS, ALONE, WITH_PROCESSOR)

_BURST = {"requests": 150, "unmeasured": 40}
_SPANS = 300
_GOAL_RATIO = 0.36
_GOAL_ADDED_US = 6.0
"""What our processor may add to a span of the SDK."""
_COLUMNS = {
    "bare": "bare span",
    "decorated": "decorated function",
    "attributes": "five attributes",
    "idle": "request, idle",
    "load": "request, full load",
    "cpu": "CPU in all, full load",
}


def run(options: Options) -> list[Report]:
    """One program, written for the API, and its providers in turns."""
    names = children.subjects_for(options, SUBJECTS)
    found: dict[tuple[str, str], list[float]] = {(name, column): [] for name in names for column in _COLUMNS}
    with children.running(options, names) as started:
        for number in range(options.rounds(7) + 1):
            for child in started:
                values = child.do("shape_burst", spans=_SPANS)
                values["idle"] = child.do("burst", **_BURST)["caller_us"]
                load = child.do("full_load", requests=options.amount(10_000))
                values |= {"load": load["caller_us"], "cpu": load["cpu_us"]}
                if number > 0:  # the first round warms up
                    for column, value in values.items():
                        found[child.name, column].append(value)
    spreads = {key: Spread.of(values) for key, values in found.items()}
    report = Report(
        "A span through the OpenTelemetry API, microseconds in the caller",
        ("", *_COLUMNS.values()),
        notes=[
            "Median (10th-90th percentile). A request: a root with a child, five attributes and JSON texts of inputs"
            " and outputs each, per span. The SDK's batch processor ends nowhere, or in SQLite; ours is durable."
        ],
    )
    for name in names:
        report.rows.append((TITLES[name], *(str(spreads[name, column]) for column in _COLUMNS)))
    if {ALONE, WITH_PROCESSOR} <= set(names):
        added = {column: spreads[WITH_PROCESSOR, column].median - spreads[ALONE, column].median for column in _COLUMNS}
        report.rows.append(("**added by tracetui's processor**", *(f"**{us:.2f}**" for us in added.values())))
        for column in ("bare", "idle"):
            report.goals.append(Goal(f"added by the processor, {_COLUMNS[column]}, us", added[column], _GOAL_ADDED_US))
    for peer in (name for name in names if name in PEERS):
        ratios = {column: spreads["bridge", column].median / spreads[peer, column].median for column in _COLUMNS}
        report.rows.append((f"**tracetui : {TITLES[peer]}**", *(f"**{ratio:.3f}**" for ratio in ratios.values())))
        if peer == "otel_null":
            for column in ("bare", "decorated", "attributes", "idle", "load"):
                report.goals.append(Goal(f"through the API, {_COLUMNS[column]} : SDK", ratios[column], _GOAL_RATIO))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
