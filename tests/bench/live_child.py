"""The traced process of the live benchmark.

python -m tests.bench.live_child FILE                     opens a span for each name on standard input
python -m tests.bench.live_child FILE SPANS_PER_SECOND    records without a pause until it is ended
"""

from __future__ import annotations

import sys
import time

from tracetui.tracer import configure, start_span

from . import workload
from .subjects.ours import Tracer

_REQUESTS_PER_TRACE = 4


def open_spans() -> None:
    """Answer each name with the moment just before `start_span`, CLOCK_MONOTONIC; an empty line ends the span."""
    for line in sys.stdin:
        begun_ns = time.monotonic_ns()
        with start_span(line.strip(), "AGENT") as span:
            print(begun_ns, flush=True)
            sys.stdin.readline()
            span.set_outputs("done")


def record(spans_per_s: float) -> None:
    """Traces of nine spans at a steady rate."""
    tracer = Tracer()
    period_s = (1 + _REQUESTS_PER_TRACE * workload.SPANS_PER_REQUEST) / spans_per_s
    due = time.monotonic()
    while True:
        with start_span("turn", "CHAIN"):
            for _ in range(_REQUESTS_PER_TRACE):
                tracer.request(workload.QUESTION, workload.ANSWER)
        due += period_s
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    configure(db=sys.argv[1], service="bench")
    if len(sys.argv) > 2:
        record(float(sys.argv[2]))
    else:
        open_spans()
