"""A traced process that is killed at full speed harms neither the file nor what was committed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.support.waiting import wait_until

PROGRAM = """
import sys
from tracetui import tracer
tracer.configure(db=sys.argv[1])
n = 0
while True:
    with tracer.start_span("root", attributes={"n": n}) as root:
        root.set_inputs({"text": "x" * 200})
        with tracer.start_span("child"):
            pass
    n += 1
    if n % 500 == 0:
        tracer.flush()
        print(n, flush=True)
"""

ROUNDS = 12


def test_killed_process_loses_no_committed_span(tmp_path: Path) -> None:
    """SIGKILL while writing at full speed, twelve times: the file is whole and holds every span that was committed."""
    db = tmp_path / "t.db"
    committed = 0
    for turn in range(ROUNDS):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(db)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        last = 0
        for _ in range(1 + turn % 4):
            last = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        last = max([last, *map(int, rest.split())])
        committed += 2 * last
        connection = sqlite3.connect(db)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (found,) = connection.execute("SELECT count(*) FROM span").fetchone()
        assert found >= committed
        committed = found
        (stray,) = connection.execute(
            "SELECT count(*) FROM span s LEFT JOIN trace t ON t.id = s.trace WHERE t.id IS NULL"
        ).fetchone()
        assert stray == 0
        counted = connection.execute("SELECT sum(span_count), sum(open_count) FROM trace").fetchone()
        really = connection.execute("SELECT count(*), sum(end_ns IS NULL) FROM span").fetchone()
        assert counted == really
        connection.close()


def test_open_spans_of_a_killed_process_are_lost_and_not_running(tmp_path: Path) -> None:
    """What a killed process had open is told apart from what runs, with the last thing known."""
    from tracetui.store.read.reader import Reader

    db = tmp_path / "t.db"
    program = PROGRAM.partition("while True")[0] + (
        "span = tracer.start_span('open', attributes={'step': 3})\n"
        "with span:\n    tracer.flush(); print(1, flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(db)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    reader = Reader(db)
    (row,) = reader.processes().values()
    now_ns = row.heartbeat_ns
    assert reader.gone_processes(now_ns) == frozenset()
    process.kill()
    process.communicate()
    wait_until(lambda: reader.gone_processes(now_ns) == {row.id}, "the process to be seen as gone")
    reader.close()
