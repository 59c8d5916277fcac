"""What `why` and `stats` take on a file of a million spans, and how often `why` names something where nothing is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tests.store.explain.requests import Requests
from tracetui.store.explain.explanation import Question, explain
from tracetui.store.filter import parse
from tracetui.store.filter.tree.nodes import By
from tracetui.store.read.reader import Reader
from tracetui.store.stats.collecting import Collector

from . import children, command
from .explorer import file_of_a_million
from .options import Options
from .report import Goal, Report
from .spread import Spread, short

FILTER = "trace.duration > 13s"
FILES = 200
"""Files without a cause."""


def run(options: Options) -> list[Report]:
    """Measure both commands in this process, and count false discoveries."""
    report = Report("Explaining: a million spans", ("what", "s", "CPU s"))
    with file_of_a_million(options) as path:
        rounds = options.rounds(5)
        first = _timed(lambda: _why(path, only_sets=True), rounds)
        whole = _timed(lambda: _why(path), rounds)
        numbers = _timed(lambda: _stats(path), rounds)
    for what, (seconds, cpu) in (
        (f"`why '{FILTER}'`: the sets", first),
        (f"`why '{FILTER}'`: all of it", whole),
        ("`stats 'kind = LLM' --by model`", numbers),
    ):
        report.rows.append((what, short(seconds.median), short(cpu.median)))
    files = options.amount(FILES)
    named = _false_discoveries(options, files)
    report.notes.append(f"Of {files} files in which nothing depends on the filter, {named} had anything named.")
    report.goals += [
        Goal("why, first lines at a million spans, s", first[0].median, 0.5),
        Goal("why, all of it at a million spans, s", whole[0].median, 2.0),
        Goal("files without a cause in which one is named, %", 100 * named / files, 5.0),
    ]
    return [report]


def _why(path: Path, *, only_sets: bool = False, filter_text: str = FILTER) -> int:
    with Reader(path) as reader:
        named = 0
        for found in explain(reader, Question(parse(filter_text)), now_ns=time.time_ns(), gone=frozenset()):
            if found is not None:
                named = len(found.findings or ())
                if only_sets:
                    break
        return named


def _stats(path: Path) -> int:
    with Reader(path) as reader:
        (by,) = [stage for stage in parse("| by(model)").stages if isinstance(stage, By)]
        query = parse("kind = LLM")
        collector = Collector(reader, query, by=by.fields, now_ns=time.time_ns(), gone=frozenset())
        for _ in collector.steps():
            pass
        return len(collector.collected().groups)


def _false_discoveries(options: Options, files: int) -> int:
    named = 0
    with children.scratch_folder(options) as folder:
        for seed in range(files):
            path = folder / f"none_{seed}.db"
            Requests(path, seed, frozenset()).write(200)
            named += _why(path, filter_text='tag.lot = "3"') > 0
    return named


def _timed(work: Callable[[], object], rounds: int) -> tuple[Spread, Spread]:
    seconds, cpu = [], []
    for _ in range(rounds):
        began, cpu_began = time.perf_counter(), time.process_time()
        work()
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - cpu_began)
    return Spread.of(seconds), Spread.of(cpu)


if __name__ == "__main__":
    command.run_alone(run)
