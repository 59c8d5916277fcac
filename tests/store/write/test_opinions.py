"""What people say of traces: one opinion of each name, in MLflow's names, visible to every reader at once."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.builders import BuiltTrace, TraceFile
from tracetui.store.file.schema import NotATraceFileError
from tracetui.store.filter import parse
from tracetui.store.model.rows import AssessmentRow
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find
from tracetui.store.write.edits import EditRefusedError
from tracetui.store.write.opinions import STAR, STARRED, THUMB, Opine, Outcome, SetTag, edit_file


@pytest.fixture
def trace(file: TraceFile) -> BuiltTrace:
    """A finished trace beside another one."""
    file.trace("other").span("other")
    built = file.trace("chat")
    built.span("root")
    return built


def opine(file: TraceFile, edit: Opine | SetTag) -> Outcome:
    """Write one opinion."""
    edit_file(file.path, [edit])
    return edit.outcome


def said(file: TraceFile) -> list[AssessmentRow]:
    """What is said of the newest trace."""
    with Reader(file.path) as reader:
        return reader.assessments(reader.newest_traces(1)[0])


def thumb(trace: BuiltTrace, value: bool | None, **more: object) -> Opine:
    """A thumb of ada."""
    return Opine(trace.trace_id, THUMB, value, **{"person": "ada", "now_ns": 7, "toggles": True, **more})  # type: ignore[arg-type]


def matching(file: TraceFile, text: str) -> list[str]:
    """The names of the traces that a filter finds."""
    with Reader(file.path) as reader:
        query = parse(text)
        found = find(reader, query, now_ns=time.time_ns(), gone=frozenset(), pool=reader.pool())
        return [row.name for batch in found for row in reader.traces(batch)]


def test_a_thumb_is_feedback_of_a_person(file: TraceFile, trace: BuiltTrace) -> None:
    """With the name and the type that MLflow gives it."""
    assert opine(file, thumb(trace, True)) == Outcome(None, True)
    (row,) = said(file)
    assert (row.kind, row.name, row.value, row.source_type, row.source_id) == (
        "feedback",
        "feedback",
        True,
        "HUMAN",
        "ada",
    )
    assert row.span_id is None
    assert row.valid


def test_another_thumb_replaces_the_first_and_the_same_takes_it_away(file: TraceFile, trace: BuiltTrace) -> None:
    """A person has one opinion; two persons have two."""
    opine(file, thumb(trace, True))
    assert opine(file, thumb(trace, False)) == Outcome(True, False)
    assert [row.value for row in said(file)] == [False]
    opine(file, thumb(trace, True, person="bob"))
    assert [row.value for row in said(file)] == [False, True]
    assert opine(file, thumb(trace, False)) == Outcome(False, None)
    assert [row.source_id for row in said(file)] == ["bob"]


def test_a_span_has_opinions_of_its_own(file: TraceFile, trace: BuiltTrace) -> None:
    """Beside those of its trace."""
    opine(file, thumb(trace, True))
    opine(file, thumb(trace, False, span_id=5))
    assert [(row.span_id, row.value) for row in said(file)] == [(None, True), (5, False)]


def test_a_star_is_a_tag_that_comes_and_goes(file: TraceFile, trace: BuiltTrace) -> None:
    """`is:starred` finds the trace meanwhile, and `not is:starred` the others."""
    star = (trace.trace_id, STAR, STARRED)
    assert matching(file, "is:starred") == []
    assert opine(file, SetTag(*star, toggles=True)) == Outcome(None, STARRED)
    assert matching(file, "is:starred") == ["chat"]
    assert matching(file, "tag.starred = true") == ["chat"]
    assert matching(file, "not is:starred") == ["other"]
    assert opine(file, SetTag(*star, toggles=True)) == Outcome(STARRED, None)
    assert matching(file, "is:starred") == []


def test_thumbs_are_found_by_flags(file: TraceFile, trace: BuiltTrace) -> None:
    """As long as they count."""
    opine(file, thumb(trace, True))
    assert matching(file, "is:liked") == ["chat"]
    assert matching(file, "is:disliked") == []
    opine(file, thumb(trace, False))
    assert matching(file, "is:disliked and trace.name = chat") == ["chat"]
    assert matching(file, "is:liked") == []


def test_a_trace_that_is_gone_is_refused(file: TraceFile, trace: BuiltTrace) -> None:
    """Nothing of the same commit is written then."""
    missing = SetTag(b"\1" * 16, "a", "b")
    with pytest.raises(EditRefusedError, match="no trace 0101"):
        edit_file(file.path, [thumb(trace, True), missing])
    assert said(file) == []


def test_a_file_that_is_being_written_is_not_changed(
    file: TraceFile, trace: BuiltTrace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the wait that every writer has."""
    monkeypatch.setattr("tracetui.store.file.schema.BUSY_TIMEOUT_S", 0.01)
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            edit_file(file.path, [thumb(trace, True)])
    assert said(file) == []


def test_a_file_of_another_layout_is_not_converted_by_a_key(file: TraceFile, trace: BuiltTrace) -> None:
    """`tracetui migrate` is asked for by its name; a newer file is for a newer version."""
    for version, words in ((8, "tracetui migrate"), (99, "upgrade")):
        file.connection.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(NotATraceFileError, match=words):
            edit_file(file.path, [thumb(trace, True)])
        assert file.connection.execute("PRAGMA user_version").fetchone() == (version,)


def test_no_file_is_made_by_an_opinion(tmp_path: Path) -> None:
    """There is nothing to speak of."""
    with pytest.raises((OSError, sqlite3.OperationalError)):
        edit_file(tmp_path / "none.db", [SetTag(b"\1" * 16, "a", "b")])
    assert not (tmp_path / "none.db").exists()
