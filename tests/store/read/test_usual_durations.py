"""How long spans of one name usually take is read from the newest spans."""

from __future__ import annotations

from pathlib import Path

from tests.support.builders import TraceFile
from tracetui.store.read.reader import Reader
from tracetui.store.read.usual_durations import LEAST_SAMPLES, UsualDuration, usual_durations


def test_p95_is_known_for_names_with_enough_ended_spans(tmp_path: Path) -> None:
    """Exact, of kind and name together; open spans and rare names do not count."""
    file = TraceFile(tmp_path / "traces.db")
    trace = file.trace("load")
    for number in range(LEAST_SAMPLES):
        trace.span("search", kind="TOOL", start_ms=number, end_ms=2 * number + 1)
        if number:
            trace.span("search", kind="RETRIEVER", start_ms=number, end_ms=number + 900)
    trace.span("search", kind="TOOL", start_ms=0, end_ms=None)
    file.close()
    with Reader(tmp_path / "traces.db") as reader:
        assert usual_durations(reader) == {("TOOL", "search"): UsualDuration(38_000_000, LEAST_SAMPLES)}


def test_a_file_without_spans_has_no_usual_durations(tmp_path: Path) -> None:
    """The first second of a project."""
    TraceFile(tmp_path / "traces.db").close()
    with Reader(tmp_path / "traces.db") as reader:
        assert usual_durations(reader) == {}
