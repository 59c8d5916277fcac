"""The command line that the whole and each single benchmark share."""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import machine, peers, subjects
from .children import ROOT
from .options import Options
from .report import Report, goals_table

Bench = Callable[[Options], list[Report]]


def run_alone(bench: Bench) -> None:
    """The command of one benchmark."""
    sys.exit(run_all([bench], _arguments(())))


def run_chosen(benches: Mapping[str, Bench]) -> None:
    """The command of all benchmarks, or of those that are named."""
    arguments = _arguments(tuple(benches))
    sys.exit(run_all([benches[name] for name in arguments.benches or benches], arguments))


def run_all(benches: Sequence[Bench], arguments: argparse.Namespace) -> int:
    """Measure, print Markdown as it comes; 1 if a goal was missed."""
    peers_python = None if arguments.no_peers else peers.python(arguments.peers)
    options = Options(
        quick=arguments.quick,
        peers_python=peers_python,
        scratch=arguments.scratch,
        skipped=frozenset(arguments.skip),
        million=arguments.million,
    )
    for folder in ("tracer", "store", "tui", "tests/bench"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    print(machine.markdown(options), flush=True)
    goals = []
    for bench in benches:
        for report in bench(options):
            print(report.markdown(), flush=True)
            print(machine.load() + "\n", flush=True)
            goals += report.goals
    print(goals_table(goals), flush=True)
    return 0 if options.quick or all(goal.is_met for goal in goals) else 1


def _arguments(names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure tracetui beside its peers; prints Markdown.")
    if names:
        parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"of {', '.join(names)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a smoke run: its numbers mean nothing")
    parser.add_argument("--no-peers", action="store_true", help="measure tracetui and the floors only")
    parser.add_argument(
        "--peers",
        type=Path,
        default=Path(tempfile.gettempdir()) / "tracetui-bench-peers",
        help="virtual environment with the peers, made by pip if it is not there (%(default)s)",
    )
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        choices=[name for name in subjects.TITLES if name != subjects.OURS],
        help="leave a subject out; MLflow takes nine tenths of the time",
    )
    parser.add_argument("--scratch", type=Path, help="where the measured files lie (the temporary folder)")
    parser.add_argument("--million", type=Path, help="a file of a million spans to keep and use again")
    arguments = parser.parse_args()
    if unknown := set(getattr(arguments, "benches", ())) - set(names):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return arguments
