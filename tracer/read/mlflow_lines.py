"""`python -m tracetui.tracer.read.mlflow_lines --db FILE`: the process of `tracetui export --format mlflow`.

It reads a trace.id from each line of its standard input, and answers with the trace in MLflow's JSON form in one line,
which is empty if the file does not have the trace any more.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ...store.read.reader import Reader
from .from_rows import trace_of


def main() -> int:
    """Answer until the input ends; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tracetui export --format mlflow")
    parser.add_argument("--db", type=Path, required=True)
    with Reader(parser.parse_args().db) as reader:
        gone = reader.gone_processes(time.time_ns())
        for line in sys.stdin:
            rows = reader.traces([int(line)])
            print(trace_of(reader, rows[0], gone).to_json() if rows else "", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
