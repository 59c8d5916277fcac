"""What a chunk of a decorated generator costs beyond the loop that reads it."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread, short
from .subjects import OURS, TITLES

SUBJECTS = (OURS, "logfire_null", "langfuse_null", "mlflow_sqlite")
"""The decorator of OpenTelemetry knows no generators."""

_CHUNKS = 1_000
_GOAL_US = 2.0


def run(options: Options) -> list[Report]:
    """Streams of 1,000 chunks, their span included; the bare loop takes turns with the traced one."""
    names = children.subjects_for(options, SUBJECTS)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with children.running(options, names) as started:
        for _ in range(options.rounds(9)):
            for child in started:
                found[child.name].append(child.do("stream", chunk_count=_CHUNKS, streams=9))
    report = Report(
        "A stream of 1,000 chunks, microseconds a chunk beyond the bare loop",
        ("", "generator", "asynchronous generator", "the bare loops themselves"),
        notes=[
            "Median (10th-90th percentile); the cost of the stream's span is included. Ours counts the chunks, times"
            " them, joins their text and shows it while it grows; the others keep them for the end, or not at all."
        ],
    )
    for name in names:
        spreads = {key: Spread.of(each[key] for each in found[name]) for key in found[name][0]}
        report.rows.append(
            (
                TITLES[name],
                str(spreads["chunk_us"]),
                str(spreads["async_chunk_us"]),
                f"{short(spreads['bare_us'].median)} / {short(spreads['async_bare_us'].median)}",
            )
        )
        if name == OURS:
            report.goals.append(Goal("a chunk of a generator, µs", spreads["chunk_us"].median, _GOAL_US))
            report.goals.append(
                Goal("a chunk of an asynchronous generator, µs", spreads["async_chunk_us"].median, _GOAL_US)
            )
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
