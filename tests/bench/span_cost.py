"""What one span costs the program that is traced: a root with a child, five attributes each, small payloads."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .subjects import TITLES

SUBJECTS = ("floor", "ours", "otel_null", "otel_sqlite", "logfire_null", "langfuse_null", "mlflow_sqlite")

_LOAD_REQUESTS = {"mlflow_sqlite": 200, "logfire_null": 5_000, "langfuse_null": 5_000}
_PACED_REQUESTS = {"mlflow_sqlite": 30}
_BURST = {"requests": 150, "unmeasured": 40}
"""380 spans: fewer than any tracer's batch, over before our first flush."""
_SHORT_BURST = {"requests": 15, "unmeasured": 5}
_PAUSE_S = 0.01


def run(options: Options) -> list[Report]:
    """Idle, full load, paced; in the caller, and of CPU in all."""
    names = children.subjects_for(options, SUBJECTS)
    idle: dict[str, list[float]] = {name: [] for name in names}
    loaded: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    cold: dict[str, list[float]] = {name: [] for name in names}
    with children.running(options, names) as started:
        for child in started:  # the first round warms up what runs once
            child.do("burst", **_SHORT_BURST)
        for _ in range(options.rounds(7)):
            for child in started:
                burst = _SHORT_BURST if child.name == "mlflow_sqlite" else _BURST
                for _ in range(options.rounds(3)):
                    idle[child.name].append(child.do("burst", **burst)["caller_us"])
                load = child.do("full_load", requests=options.amount(_LOAD_REQUESTS.get(child.name, 20_000)))
                loaded[child.name].append(load["caller_us"])
                cpu[child.name].append(load["cpu_us"])
                paced = child.do("paced", requests=_PACED_REQUESTS.get(child.name, 100), pause_s=_PAUSE_S)
                cold[child.name] += paced["caller_us"]
    report = Report(
        "Cost of a span, microseconds",
        (
            "",
            "caller, writer idle",
            "caller, writer at full load",
            "CPU in all until durable",
            "caller, 10 ms pauses before",
        ),
        notes=[
            "Median (10th-90th percentile) of rounds that take turns. Two spans a request; writer idle: bursts that end"
            " before the first flush; full load: 40,000 spans without a pause; pauses: caches go cold, floors too."
        ],
    )
    measured = {name: [Spread.of(values[name]) for values in (idle, loaded, cpu, cold)] for name in names}
    for name in names:
        report.rows.append((TITLES[name], *map(str, measured[name])))
    ours = measured["ours"]
    report.goals.append(Goal("CPU per span until durable, µs", ours[2].median, 35))
    for name in ("otel_sqlite", "logfire_null", "langfuse_null", "mlflow_sqlite"):
        if name in measured:
            peer = measured[name]
            ratios = [mine.median / theirs.median for mine, theirs in zip(ours, peer, strict=True)]
            report.rows.append(
                (
                    f"**tracetui : {TITLES[name].partition(':')[0].partition(',')[0]}**",
                    *(f"**{ratio:.3f}**" for ratio in ratios),
                )
            )
            if name == "otel_sqlite":
                ours_idle, diy_idle, diy_exporting = ours[0].median, peer[0].median, peer[1].median
                report.goals.append(Goal("caller, writer idle, µs", ours_idle, 7))
                report.goals.append(Goal("caller, writer idle : DIY, exporting", ours_idle / diy_exporting, 0.12))
                report.goals.append(
                    Goal("caller, writer idle : DIY, idle too (information)", ours_idle / diy_idle, 0.12)
                )
                report.goals.append(Goal("caller, full load, µs", ours[1].median, 20))
                report.goals.append(Goal("caller, full load : DIY", ratios[1], 0.35))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
