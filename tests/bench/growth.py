"""What a file grows by when programs send the same text again and again, and what that costs the processor."""

from __future__ import annotations

from . import children, command
from .growth_workloads import WORKLOADS, unique_bytes
from .options import Options
from .report import Goal, Report
from .spread import Spread, short
from .subjects import TITLES

SUBJECTS = ("ours", "ours_whole", "otel_sqlite")

_REPEATING = ("agents of 40 turns", "agents of 200 turns", "RAG chat over 50 passages")
_LONG = "agents of 200 turns"


def run(options: Options) -> list[Report]:
    """Each workload by each subject, in turn; the size less that of the same spans without inputs and outputs."""
    names = children.subjects_for(options, SUBJECTS)
    reports = []
    for workload in WORKLOADS:
        scale = 0.1 if options.quick else 1.0
        unique = unique_bytes(workload, scale)
        sizes: dict[str, float] = {}
        cpu: dict[str, list[float]] = {name: [] for name in names}
        caller: dict[str, list[float]] = {name: [] for name in names}
        for name in names:
            sizes[name] = -_grow(options, name, workload, scale, with_payloads=False)["bytes"]
        for number in range(options.rounds(5)):
            for name in names:
                found = _grow(options, name, workload, scale, with_payloads=True)
                cpu[name].append(found["cpu_us"])
                caller[name].append(found["caller_us"])
                sizes[name] += found["bytes"] if number == 0 else 0
        report = Report(
            f"Growth: {workload}, {unique / 1e6:.2f} MB of unique text",
            ("", "MB that payloads add", "of the unique text", "us a call of CPU until durable", "of it in the caller"),
        )
        for name in names:
            times = f"{sizes[name] / unique:.2f} x"
            figures = (short(sizes[name] / 1e6), times, str(Spread.of(cpu[name])), str(Spread.of(caller[name])))
            report.rows.append((TITLES[name], *figures))
        if workload in _REPEATING:
            report.goals.append(Goal(f"{workload}: bytes : unique text", sizes["ours"] / unique, 1.5))
        else:
            report.goals.append(Goal(f"{workload}: bytes : whole values", sizes["ours"] / sizes["ours_whole"], 1.02))
        ratio = Spread.of(ours / whole for ours, whole in zip(cpu["ours"], cpu["ours_whole"], strict=True))
        report.goals.append(Goal(f"{workload}: CPU : whole values", ratio.median, 0.5 if workload == _LONG else 1.05))
        reports.append(report)
    return reports


def _grow(options: Options, name: str, workload: str, scale: float, *, with_payloads: bool) -> dict[str, float]:
    with children.running(options, [name]) as (child,):
        return child.do("grow", workload=workload, scale=scale, with_payloads=with_payloads)


if __name__ == "__main__":
    command.run_alone(run)
