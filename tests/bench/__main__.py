"""`python -m tests.bench`: every benchmark, or those that are named."""

from __future__ import annotations

from . import command, explorer, live, payload, span_cost, start_up, ten_processes, throughput

BENCHES = {
    "span_cost": span_cost.run,
    "payload": payload.run,
    "throughput": throughput.run,
    "ten_processes": ten_processes.run,
    "start_up": start_up.run,
    "live": live.run,
    "explorer": explorer.run,
}

if __name__ == "__main__":
    command.run_chosen(BENCHES)
