"""Spans a second until the last of them is durable, and the bytes that each takes."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread, short
from .subjects import TITLES

SUBJECTS = ("ours", "otel_sqlite", "mlflow_sqlite")

_REQUESTS = {"mlflow_sqlite": 500}

_RATIO = 40_000 / 16_800
"""The goal and the rival's figure were taken on one machine; of another their ratio counts."""


def run(options: Options) -> list[Report]:
    """A burst of 60,000 spans into a new file, each subject in turn."""
    names = children.subjects_for(options, SUBJECTS)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(options.rounds(9)):
        for name in names:
            with children.running(options, [name]) as (child,):
                found[name].append(child.do("full_load", requests=options.amount(_REQUESTS.get(name, 30_000))))
    report = Report(
        "Throughput",
        ("", "spans a second until durable", "lost", "bytes a span"),
        notes=[
            "60,000 spans in a loop that never pauses (MLflow: 1,000), from the first call to the last commit, into a"
            " new file. Ours includes the column of every attribute; DIY keeps attributes as one JSON text."
        ],
    )
    speed = {name: Spread.of(each["spans_per_s"] for each in found[name]) for name in names}
    size = {name: found[name][-1]["bytes_per_span"] for name in names}
    for name in names:
        lost = sum(int(each["lost"]) for each in found[name])
        report.rows.append((TITLES[name], str(speed[name]), str(lost), short(size[name])))
    report.goals.append(Goal("spans lost in a burst", sum(each["lost"] for each in found["ours"]), 0))
    report.goals.append(Goal("bytes a span", size["ours"], 650))
    report.goals.append(Goal("spans a second (information)", speed["ours"].median, 40_000, at_least=True))
    for name in names[1:]:
        # Of neighbours in time: the machine may change its speed between two rounds.
        rounds = zip(found["ours"], found[name], strict=True)
        ratio = Spread.of(ours["spans_per_s"] / other["spans_per_s"] for ours, other in rounds)
        report.rows.append(
            (f"**tracetui : {TITLES[name].partition(':')[0].partition(',')[0]}**", f"**{ratio}**", "", "")
        )
        if name == "otel_sqlite":
            report.goals.append(Goal("spans a second : DIY", ratio.median, _RATIO, at_least=True))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
