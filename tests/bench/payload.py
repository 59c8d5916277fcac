"""What large inputs cost: the request that carries them, and everything else on the host's event loop."""

from __future__ import annotations

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread, short
from .subjects import TITLES

SUBJECTS = ("bare_loop", "floor", "ours", "otel_sqlite", "mlflow_sqlite")

SIZES = {"10 KB": 10_000, "1 MB": 1_000_000, "10 MB": 10_000_000}

_CALLER_GOALS_MS = {"10 KB": 0.1, "1 MB": 0.6, "10 MB": 6.0}
_LATE_GOAL_MS = 5.0

_WARM_UPS = 10
"""Small requests before the one that is measured: over before any tracer's next flush."""


def run(options: Options) -> list[Report]:
    """Added to the caller; CPU in all; lateness of a 1 ms ticker."""
    names = children.subjects_for(options, SUBJECTS)
    keys = [(name, size) for size in SIZES for name in names]
    caller: dict[tuple[str, str], list[float]] = {key: [] for key in keys}
    cold: dict[tuple[str, str], list[float]] = {key: [] for key in keys}
    cpu: dict[tuple[str, str], list[float]] = {key: [] for key in keys}
    late: dict[tuple[str, str], list[dict[str, float]]] = {key: [] for key in keys}
    with children.running(options, names) as started:
        for number in range(options.rounds(9) + 1):
            for size, total_bytes in SIZES.items():
                for child in started:
                    cost = child.do("payload", total_bytes=total_bytes, unmeasured=_WARM_UPS)
                    after_pause = child.do("payload", total_bytes=total_bytes, unmeasured=0)
                    ticks = child.do("ticker", total_bytes=total_bytes)
                    if number > 0:  # the first round warms up
                        caller[child.name, size].append(cost["caller_ms"])
                        cold[child.name, size].append(after_pause["caller_ms"])
                        cpu[child.name, size].append(after_pause["cpu_ms"])
                        late[child.name, size].append(ticks)
    added = Report(
        "Inputs of a root and three children, ms in the caller (CPU in all until durable)",
        ("", *SIZES),
        notes=[
            f"Chat messages of about 2,000 characters; median (10th-90th percentile) of {options.rounds(9)} rounds."
            " Right after small requests. The goals are for what a tracer adds to the bare program."
        ],
    )
    paused = Report(
        "The same after a pause, ms in the caller",
        ("", *SIZES),
        notes=["Caches are cold then: the bare program, which only takes its messages apart, is slower too."],
    )
    lateness = Report(
        "Worst lateness of a 1 ms ticker on the event loop, ms: while recording / while it is encoded and written",
        ("", *SIZES),
        notes=[
            "The four spans yield to the loop between them. Without a tracer the machine itself makes the ticker late."
        ],
    )
    for name in names:
        added.rows.append(
            (
                TITLES[name],
                *(f"{Spread.of(caller[name, size])} [{short(Spread.of(cpu[name, size]).median)}]" for size in SIZES),
            )
        )
        lateness.rows.append((TITLES[name], *(_lateness(late[name, size]) for size in SIZES)))
        paused.rows.append((TITLES[name], *(str(Spread.of(cold[name, size])) for size in SIZES)))
    for size, limit in _CALLER_GOALS_MS.items():
        bare_ms = Spread.of(caller["bare_loop", size]).median if "bare_loop" in names else 0.0
        added_ms = Spread.of(caller["ours", size]).median - bare_ms
        added.goals.append(Goal(f"added to the caller by inputs of {size}, ms", added_ms, limit))
    bare_ms = Spread.of(cold["bare_loop", "10 KB"]).median if "bare_loop" in names else 0.0
    added_ms = Spread.of(cold["ours", "10 KB"]).median - bare_ms
    paused.goals.append(
        Goal("added by inputs of 10 KB after a pause, ms (information)", added_ms, _CALLER_GOALS_MS["10 KB"])
    )
    worst = Spread.of(each["writing_ms"] for each in late["ours", "10 MB"])
    lateness.goals.append(Goal("ticker late while 10 MB are written, ms", worst.median, _LATE_GOAL_MS))
    return [added, paused, lateness]


def _lateness(rounds: list[dict[str, float]]) -> str:
    recording = Spread.of(each["recording_ms"] for each in rounds)
    writing = Spread.of(each["writing_ms"] for each in rounds)
    return f"{recording} / {writing}"


if __name__ == "__main__":
    command.run_alone(run)
