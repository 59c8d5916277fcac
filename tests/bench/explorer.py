"""The explorer on a file of a million spans: opening, moving, filtering, memory; on a pseudo-terminal of 160 x 48."""

from __future__ import annotations

import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracetui.store.file import schema

from . import children, command, million_file
from .options import Options
from .pty_app import PtyApp, explorer
from .report import Goal, Report
from .spread import Spread, percentile

SPANS = 1_000_000
DOWN, PAGE_DOWN = "\x1b[B", "\x1b[6~"
FILTER = "llm.ttft_ms > 500"

_KEY_GAP_S = 0.05
"""Between two keys of somebody who types fast."""

_SHOWN_ABOVE = 12
"""Of the matches, one that is surely on the screen: its row tells that the filtered list is painted."""

_FILTER_SQL = """
SELECT DISTINCT s.trace FROM attr a JOIN attr_key k ON k.id = a.key JOIN span s ON s.id = a.span
WHERE k.name = 'llm.ttft_ms' AND a.value > 500 ORDER BY s.trace DESC
"""


def run(options: Options) -> list[Report]:
    """All of it, on one file."""
    with file_of_a_million(options) as path:
        newest, matches = _expected(path)
        starts, imports, start_cpu, import_cpu = _starts(options, path, newest)
        down, page = _moves(options, path, newest)
        first, complete = _filters(options, path, newest, matches)
        begin_mb, filtered_mb, walked_mb, walked_more_mb = _memory(options, path, newest, len(matches))
    report = Report(
        f"The explorer on {newest:,} traces",
        ("", "measured"),
        notes=[
            "Median (10th-90th percentile). Keys: from the write of the key to the end of the first frame after."
            f" Filter: `{FILTER}` typed a key each {_KEY_GAP_S * 1e3:.0f} ms, {len(matches):,} traces match."
        ],
    )
    ratio = Spread.of(starts).median / Spread.of(imports).median
    report.rows += [
        ("first rows painted, ms from the start of the process", str(Spread.of(starts))),
        ("`import textual.app` in an interpreter, ms", str(Spread.of(imports))),
        ("processor time of these two, ms", f"{Spread.of(start_cpu)}, {Spread.of(import_cpu)}"),
        ("cursor down, ms", f"{Spread.of(down)}, p95 {percentile(sorted(down), 95):.1f}"),
        ("page down, ms", f"{Spread.of(page)}, p95 {percentile(sorted(page), 95):.1f}"),
        ("filter: last key to its first rows, ms", str(Spread.of(first))),
        ("filter: last key to the complete count, ms", str(Spread.of(complete))),
        (
            "anonymous memory, MB: first rows, after a filter, after 300 pages, after 600",
            f"{begin_mb:.0f}, {filtered_mb:.0f}, {walked_mb:.0f}, {walked_more_mb:.0f}",
        ),
    ]
    report.goals += [
        Goal("first rows of a million spans : `import textual.app`", ratio, 1.6),
        Goal("cursor down, p95 ms", percentile(sorted(down), 95), 16),
        Goal("page down, p95 ms", percentile(sorted(page), 95), 33),
        Goal("filter, last key to first rows, ms", Spread.of(first).median, 100),
        Goal("filter, last key to complete count, ms", Spread.of(complete).median, 250),
        Goal("anonymous memory at a million spans, MB", max(begin_mb, filtered_mb, walked_mb, walked_more_mb), 80),
        Goal("memory grown from page 300 to page 600, MB", walked_more_mb - walked_mb, 3),
    ]
    return [report]


@contextmanager
def file_of_a_million(options: Options) -> Iterator[Path]:
    """Yield a file of a million spans, made unless it is kept."""
    traces = options.amount(SPANS) // million_file.SPANS_PER_TRACE
    with children.scratch_folder(options) as folder:
        path = folder / "million.db" if options.million is None or options.quick else options.million
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            million_file.write(unfinished, traces)
            unfinished.rename(path)
        schema.open_for_writing(path).close()  # a file kept from an earlier version gets the layout of this one
        yield path


def _expected(path: Path) -> tuple[int, list[int]]:
    connection = sqlite3.connect(path)
    (newest,) = connection.execute("SELECT max(id) FROM trace").fetchone()
    matches = [row[0] for row in connection.execute(_FILTER_SQL)]
    connection.close()
    return int(newest), matches


def _starts(options: Options, path: Path, newest: int) -> tuple[list[float], list[float], list[float], list[float]]:
    starts, imports, start_cpu, import_cpu = [], [], [], []
    for number in range(options.rounds(11) + 1):
        begin, cpu_begin = time.perf_counter(), _children_cpu_ms()
        subprocess.run([sys.executable, "-c", "import textual.app"], check=True, env=children.child_environment())
        imported_ms, imported_cpu_ms = (time.perf_counter() - begin) * 1e3, _children_cpu_ms() - cpu_begin
        with explorer(path) as app:
            painted_ms = (app.wait_for(_row(newest)) - app.begun_ns) / 1e6
            painted_cpu_ms = app.cpu_ms()
            app.wait_until_still()
        if number > 0:  # the first round fills the page cache
            starts.append(painted_ms)
            imports.append(imported_ms)
            start_cpu.append(painted_cpu_ms)
            import_cpu.append(imported_cpu_ms)
    return starts, imports, start_cpu, import_cpu


def _children_cpu_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e3


def _moves(options: Options, path: Path, newest: int) -> tuple[list[float], list[float]]:
    with explorer(path) as app:
        app.wait_for(_row(newest))
        app.wait_until_still()
        for key in (DOWN, PAGE_DOWN) * 3:
            _key_ms(app, key)
        down = [_key_ms(app, DOWN) for _ in range(options.amount(100))]
        page = [_key_ms(app, PAGE_DOWN) for _ in range(options.amount(100))]
    return down, page


def _key_ms(app: PtyApp, key: str) -> float:
    app.wait_until_still()
    return (app.wait_for_frame_after(app.press(key))) / 1e6


def _filters(options: Options, path: Path, newest: int, matches: list[int]) -> tuple[list[float], list[float]]:
    first, complete = [], []
    for _ in range(options.rounds(9)):
        with explorer(path) as app:
            app.wait_for(_row(newest))
            app.wait_until_still()
            time.sleep(random.uniform(0, 0.05))
            _type(app, FILTER[:-1])
            sent_ns = app.press(FILTER[-1])
            times = app.wait_for_all([_row(matches[_SHOWN_ABOVE]), rf"filter: {len(matches):,} of"])
            first.append((times[0] - sent_ns) / 1e6)
            complete.append((times[1] - sent_ns) / 1e6)
    return first, complete


def _type(app: PtyApp, text: str) -> None:
    app.wait_for_frame_after(app.press("/"))
    for key in text:
        app.drain(_KEY_GAP_S)
        app.press(key)
    app.drain(_KEY_GAP_S)


def _memory(options: Options, path: Path, newest: int, matches: int) -> tuple[float, float, float, float]:
    with explorer(path) as app:
        app.wait_for(_row(newest))
        app.wait_until_still()
        begin_mb = app.anonymous_mb()
        _type(app, FILTER)
        app.wait_for(rf"filter: {matches:,} of")
        filtered_mb = app.anonymous_mb()
        app.press("\x1b")
        time.sleep(0.3)
        app.press("\x1b")
        app.wait_until_still()
        _walk(app, options.amount(300))
        walked_mb = app.anonymous_mb()
        _walk(app, options.amount(300))
        return begin_mb, filtered_mb, walked_mb, app.anonymous_mb()


def _walk(app: PtyApp, pages: int) -> None:
    for _ in range(pages):
        app.wait_for_frame_after(app.press(PAGE_DOWN))
    app.wait_until_still()


def _row(trace: int) -> str:
    return rf"#{trace}\b"


if __name__ == "__main__":
    command.run_alone(run)
