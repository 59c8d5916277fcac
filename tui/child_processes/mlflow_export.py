"""The process that makes MLflow's JSON of traces: the tracer has MLflow's entities, and this process has not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import CommandError

MODULE = "tracetui.tracer.read.mlflow_lines"


def mlflow_lines(db: Path, traces: Iterable[int]) -> Iterator[str]:
    """Return the JSON of each trace with this trace.id, a line each. Raises CommandError if the process fails."""
    command = [sys.executable, "-P", "-m", MODULE, "--db", str(db)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for trace in traces:
                process.stdin.write(f"{trace}\n")
                process.stdin.flush()
                line = process.stdout.readline()
                if not line.endswith("\n"):
                    raise BrokenPipeError
                if line != "\n":
                    yield line
        except BrokenPipeError:
            said = process.stderr.read().strip().splitlines() or ["it ended"]
            raise CommandError(f"the process that makes MLflow's JSON failed: {said[-1]}") from None
