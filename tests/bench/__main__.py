"""`python -m tests.bench`: every benchmark, or those that are named."""

from __future__ import annotations

from . import (
    command,
    crowds,
    explaining,
    explorer,
    growth,
    live,
    memory,
    otel_bridge,
    payload,
    receive,
    span_cost,
    span_shapes,
    start_up,
    streams,
    ten_processes,
    throughput,
    unrecorded,
)

BENCHES = {
    "span_cost": span_cost.run,
    "span_shapes": span_shapes.run,
    "streams": streams.run,
    "crowds": crowds.run,
    "memory": memory.run,
    "unrecorded": unrecorded.run,
    "otel_bridge": otel_bridge.run,
    "payload": payload.run,
    "growth": growth.run,
    "throughput": throughput.run,
    "ten_processes": ten_processes.run,
    "start_up": start_up.run,
    "receive": receive.run,
    "live": live.run,
    "explorer": explorer.run,
    "explaining": explaining.run,
}

if __name__ == "__main__":
    command.run_chosen(BENCHES)
