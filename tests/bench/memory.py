"""Memory of a program that records a day's traffic in minutes: what is written must be forgotten."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import short
from .subjects import OURS, TITLES

SUBJECTS = (OURS, "otel_sqlite", "logfire_null", "langfuse_null")

_SPANS, _FLUSHES = 200_000, 100
_WARM = 0.25
"""Share of the run after which caches have their size: ours remember some thousands of traces and keys."""
_GOAL_MB = 1.0


def run(options: Options) -> list[Report]:
    """One process each, 200,000 spans of which no two traces are alike."""
    names = children.subjects_for(options, SUBJECTS)
    spans = options.amount(_SPANS)
    flushes = max(4, options.amount(_FLUSHES))
    report = Report(
        f"Memory over {spans:,} spans, resident anonymous MB of the whole process",
        ("", "after a quarter", "after half", "at the end", "growth since the first quarter", "lost"),
        notes=[
            f"Traces of two spans, each with its own session, texts and attributes; {flushes} flushes. Interpreter and"
            " imports included: their sizes differ, growth is what counts."
        ],
    )
    for name in names:
        with children.running(options, [name]) as (child,):
            found = child.do("day", spans=spans, flushes=flushes)
        resident = found["resident_mb"]
        warm = resident[int(len(resident) * _WARM)]
        growth = resident[-1] - warm
        report.rows.append(
            (
                TITLES[name],
                short(warm),
                short(resident[len(resident) // 2]),
                short(resident[-1]),
                short(growth),
                str(found["lost"]),
            )
        )
        if name == OURS:
            report.goals.append(Goal("memory grown in three quarters of a day, MB", growth, _GOAL_MB))
            report.goals.append(Goal("spans lost in a day", found["lost"], 0))
    return [report]


if __name__ == "__main__":
    command.run_alone(run)
