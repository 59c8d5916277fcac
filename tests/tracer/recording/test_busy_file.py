"""Several processes and one file: turns, and what is lost where the file takes nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import IMPATIENT, query, run_program
from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.store.file import loss_notes
from tracetui.store.file.process import Process
from tracetui.tracer import start_span
from tracetui.tracer.export import pipeline

_LOSING = """
    from tracetui.store.file import schema
    from tracetui.tracer import start_span
    schema.BUSY_TIMEOUT_S = 0.1
    for _ in range(7):
        with start_span("lost"): pass
"""


def test_losses_at_exit_are_counted_by_the_next_process(tmp_path: Path) -> None:
    """While another program holds the file, the count cannot be written; a note beside the file waits for a writer."""
    db = tmp_path / "t.db"
    one_span = "from tracetui.tracer import start_span\nwith start_span('a'): pass"
    run_program(one_span, db)
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert "7 spans are lost" in run_program(_LOSING, db, first=IMPATIENT).stderr
    assert loss_notes.has_notes(db)
    holder.execute("COMMIT")
    run_program(one_span, db)
    rows = holder.execute("SELECT dropped, ended_ns IS NOT NULL FROM process ORDER BY dropped").fetchall()
    assert rows == [(0, 1), (0, 1), (7, 1)]
    assert not loss_notes.has_notes(db)
    holder.close()


def test_a_note_counts_once_and_a_broken_one_not_at_all(recorded: Recorded) -> None:
    """After a crash between the commit and the deletion of the note it is read again."""
    process = Process(pid=1, host="h", service="s\udcff", command="c", python="3", started_ns=5)
    for _ in range(2):
        loss_notes.write_note(recorded.path, process, 3, 1, 9)
        tracer.configure(version=f"{_}")
        with start_span("writes"):
            pass
        assert tracer.flush(30)
    assert query(recorded.path, "SELECT dropped, failed, ended_ns FROM process WHERE pid = 1") == [(3, 1, 9)]
    broken = loss_notes.folder_of(recorded.path)
    broken.mkdir()
    (broken / "x.json").write_text('{"pid": "no number"}')
    tracer.configure(version="")
    with start_span("goes on"):
        pass
    assert tracer.flush(30)
    assert query(recorded.path, "SELECT count(*) FROM process WHERE dropped > 0") == [(1,)]


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each process has its turn, and waits at its end while others have theirs."""
    db = tmp_path / "t.db"
    program = (
        "from tracetui.tracer import start_span\n"
        "for n in range(2_000):\n"
        "    with start_span('s') as span: span.set_inputs({'n': n})\n"
    )
    variables = {**os.environ, "TRACETUI_DB": str(db)}
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=variables, stderr=subprocess.PIPE) for _ in range(5)
    ]
    assert [process.communicate()[1] for process in processes] == [b""] * 5
    assert query(db, "SELECT count(*), count(DISTINCT span_id) FROM span") == [(10_000, 10_000)]
    assert query(db, "SELECT count(*), count(ended_ns), sum(dropped) FROM process") == [(5, 5, 0)]


@pytest.mark.parametrize("fault", [UnicodeError, OverflowError, MemoryError, SystemExit])
def test_a_span_that_fails_affects_no_other(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: type[BaseException]
) -> None:
    """Whatever is raised on its way: the rest of its batch is written, flush says so at once, and it is counted."""
    prepare = pipeline.ExportPipeline.prepare

    def failing(stage: Any, spans: Any) -> Any:
        if any(span.name == "bad" for span in spans):
            raise fault("bad")
        return prepare(stage, spans)

    monkeypatch.setattr(pipeline.ExportPipeline, "prepare", failing)
    for name in ("good", "bad", "good"):
        with start_span(name):
            pass
    assert tracer.flush(60) is False
    assert tracer.flush(60) is True, "nothing more was lost"
    assert [row["name"] for row in recorded.spans()] == ["good", "good"]
    assert sum("could not be stored" in record.getMessage() for record in caplog.records) == 1
    with start_span("keeps the process alive"):
        tracer.flush(60)
    recorded_losses = "SELECT sum(dropped) AS n FROM processes"
    tracer.flush_trace_async_logging(terminate=True)
    assert recorded.rows(recorded_losses) == [{"n": 1}]
