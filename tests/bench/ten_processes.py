"""Many traced processes and one file: nothing lost, nobody locked out, no slower than one."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread
from .workload import SPANS_PER_REQUEST

PROCESSES = 10
_REQUESTS = 3_000


class _Run(NamedTuple):
    spans_per_s: float
    lost: int
    complaints: int
    """Processes that said anything, such as that the database is locked."""


def run(options: Options) -> list[Report]:
    """The same number of spans by one process and by ten at once, in turns."""
    requests = options.amount(_REQUESTS)
    found: dict[int, list[_Run]] = {1: [], PROCESSES: []}
    for _ in range(options.rounds(5)):
        for processes, runs in found.items():
            runs.append(_measure(options, processes, requests * PROCESSES // processes))
    report = Report(
        "Ten processes, one file",
        ("processes", "spans a second until all is durable", "lost", "processes that complained"),
        notes=[
            f"{requests * PROCESSES * SPANS_PER_REQUEST:,} spans in all into a new file, in loops that never pause."
        ],
    )
    for processes, runs in found.items():
        report.rows.append(
            (
                str(processes),
                str(Spread.of(each.spans_per_s for each in runs)),
                str(sum(each.lost for each in runs)),
                str(sum(each.complaints for each in runs)),
            )
        )
    ten, one = found[PROCESSES], found[1]
    ratio = Spread.of(each.spans_per_s for each in ten).median / Spread.of(each.spans_per_s for each in one).median
    report.goals += [
        Goal("spans lost by ten processes", sum(each.lost for each in ten), 0),
        Goal("processes of ten that were locked out", sum(each.complaints for each in ten), 0),
        Goal("throughput of ten : of one", ratio, 1.0, at_least=True),
    ]
    return [report]


def _measure(options: Options, processes: int, requests: int) -> _Run:
    with children.scratch_folder(options) as folder, ExitStack() as stack:
        started = []
        for number in range(processes):
            own = folder / str(number)
            own.mkdir()
            child = children.Child("ours", children.python_of(options, "ours"), own, folder / "traces.db")
            stack.callback(child.close)
            started.append(child)
        before = _span_count(folder / "traces.db")
        begin = time.perf_counter()
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(lambda child: child.do("unmeasured_load", requests=requests), started))
        took_s = time.perf_counter() - begin
        spans = processes * requests * SPANS_PER_REQUEST
        lost = spans - (_span_count(folder / "traces.db") - before)
        return _Run(spans / took_s, lost, sum(bool(child.said()) for child in started))


def _span_count(path: Path) -> int:
    connection = sqlite3.connect(path, timeout=60)
    (count,) = connection.execute("SELECT count(*) FROM span").fetchone()
    connection.close()
    return int(count)


if __name__ == "__main__":
    command.run_alone(run)
