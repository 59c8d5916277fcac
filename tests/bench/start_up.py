"""What importing the tracer adds to a program: time and memory, bytecode compiled."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from . import children, command
from .options import Options
from .report import Goal, Report
from .spread import Spread

IMPORTS = {
    "ours": "import tracetui.tracer",
    "otel_sqlite": "import opentelemetry.sdk.trace.export",
    "mlflow_sqlite": "import mlflow",
}

_MEMORY = """
import sys
status = open("/proc/self/status").read() if sys.platform == "linux" else ""
print(next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), 0))
"""

_GOAL_MS = 40.0
_GOAL_MB = 6.0


def run(options: Options) -> list[Report]:
    """Wall time of an interpreter that imports it, less that of one that imports nothing, in turns."""
    names = children.subjects_for(options, list(IMPORTS))
    took: dict[str, list[float]] = {name: [] for name in names}
    memory: dict[str, list[float]] = {name: [] for name in names}
    for number in range(options.rounds(21) + 1):
        for name in names:
            python = children.python_of(options, name)
            bare_ms, bare_mb = _start(python, "pass")
            with_ms, with_mb = _start(python, IMPORTS[name])
            if number > 0:  # the first round fills the page cache
                took[name].append(with_ms - bare_ms)
                memory[name].append(with_mb - bare_mb)
    report = Report(
        "Import",
        ("", "ms added to a bare interpreter", "MB added"),
        notes=[f"Median (10th-90th percentile) of {options.rounds(21)} rounds, resident memory, bytecode compiled."],
    )
    for name in names:
        report.rows.append((f"`{IMPORTS[name]}`", str(Spread.of(took[name])), str(Spread.of(memory[name]))))
    report.goals.append(Goal("import, ms added", Spread.of(took["ours"]).median, _GOAL_MS))
    report.goals.append(Goal("import, MB added", Spread.of(memory["ours"]).median, _GOAL_MB))
    return [report]


def _start(python: Path, code: str) -> tuple[float, float]:
    """Milliseconds of a whole run, and resident megabytes at its end."""
    begin = time.perf_counter()
    subprocess.run([str(python), "-c", code], check=True, env=children.child_environment(), cwd=python.parent)
    took_ms = (time.perf_counter() - begin) * 1e3
    done = subprocess.run(
        [str(python), "-c", code + _MEMORY],
        check=True,
        capture_output=True,
        text=True,
        env=children.child_environment(),
        cwd=python.parent,
    )
    return took_ms, int(done.stdout.split()[-1]) / 1024


if __name__ == "__main__":
    command.run_alone(run)
