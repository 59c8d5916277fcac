"""Assessments, tags and metrics given to traces that are in the file, and deletion."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.store.records import make_span, make_trace
from tests.support.builders import BuiltTrace, TraceFile, at_ms
from tracetui.store.file.process import Process
from tracetui.store.model.rows import AssessmentRow
from tracetui.store.read.export import export_trace
from tracetui.store.read.reader import Reader
from tracetui.store.write.edits import (
    ChangeTag,
    DeleteAssessment,
    DeleteTraces,
    Edit,
    EditRefusedError,
    LogMetric,
    SaveAssessment,
)
from tracetui.store.write.writer import Writer

PROCESS = Process(pid=1, host="here", service="test", command="test", python="3", started_ns=1)


@pytest.fixture
def writer(file: TraceFile) -> Iterator[Writer]:
    """Another process that writes to the file of the test."""
    with closing(Writer(file.path, PROCESS)) as writer:
        yield writer


@pytest.fixture
def other(file: TraceFile) -> Iterator[Writer]:
    """A third one."""
    with closing(Writer(file.path, PROCESS)) as other:
        yield other


@pytest.fixture
def trace(file: TraceFile) -> BuiltTrace:
    """A finished trace of one span."""
    built = file.trace("chat")
    built.span("root", attributes={"a": 1}, inputs="q")
    return built


def assessment(number: int = 1, **values: Any) -> AssessmentRow:
    return AssessmentRow(
        **{
            "assessment_id": f"a-{number}",
            "span_id": None,
            "kind": "feedback",
            "name": "good",
            "value": True,
            "error": None,
            "source_type": "HUMAN",
            "source_id": "ada",
            "rationale": None,
            "metadata": {},
            "created_ns": 1,
            "updated_ns": 1,
            "overrides": None,
            "valid": True,
            **values,
        }
    )


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "value", [True, 0.5, 3, 2**70, "yes", "\ud800", None, ["a", 1], {"score": {"deep": [None]}}, float("inf")]
)
def test_assessment_comes_back_as_it_was_given(writer: Writer, trace: BuiltTrace, value: Any) -> None:
    """Values of every kind that JSON has, and text that UTF-8 has not, survive the file."""
    given = assessment(value=value, span_id=-5, rationale="w\ud800hy", metadata={"k": "v"}, error={"error_code": "X"})
    assert writer.edit([SaveAssessment(trace.trace_id, given)]) == [1]
    with Reader(writer.path) as reader:
        (found,) = reader.assessments(trace.id)
    assert found == (given._replace(value="Infinity") if value == float("inf") else given)


def test_every_edit_moves_the_trace_behind_the_last_revision(writer: Writer, trace: BuiltTrace) -> None:
    """Readers that query rows after their last rev see each edit."""
    edits: list[Edit] = [
        ChangeTag(trace.trace_id, "k", "v"),
        LogMetric(trace.trace_id, "score", 0.5),
        SaveAssessment(trace.trace_id, assessment()),
        DeleteAssessment(trace.trace_id, "a-1"),
    ]
    with Reader(writer.path) as reader:
        for edit in edits:
            before = reader.rev()
            assert writer.edit([edit]) == [1]
            assert reader.changed_traces(before) == [trace.id]


def test_overriding_feedback_invalidates_and_deleting_the_override_restores(writer: Writer, trace: BuiltTrace) -> None:
    """Of feedback that was corrected, the correction counts; without it the first is valid again."""
    save = [SaveAssessment(trace.trace_id, row) for row in (assessment(1), assessment(2, overrides="a-1", value=False))]
    writer.edit(save)
    with Reader(writer.path) as reader:
        assert [(row.assessment_id, row.valid) for row in reader.assessments(trace.id)] == [
            ("a-1", False),
            ("a-2", True),
        ]
        writer.edit([DeleteAssessment(trace.trace_id, "a-2")])
        assert [(row.assessment_id, row.valid) for row in reader.assessments(trace.id)] == [("a-1", True)]


def test_edit_of_what_is_not_there_is_refused_alone(writer: Writer, trace: BuiltTrace) -> None:
    """A refused edit names the missing object and does not undo other edits."""
    outcomes = writer.edit(
        [
            ChangeTag(bytes(16), "k", "v"),
            DeleteAssessment(trace.trace_id, "a-none"),
            SaveAssessment(trace.trace_id, assessment(name=None)),
            ChangeTag(trace.trace_id, "k", "v"),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [EditRefusedError] * 3 + [int]
    assert "no trace 0000" in str(outcomes[0])
    assert "no assessment a-none" in str(outcomes[1])
    assert ask(writer.path, "SELECT tags FROM traces") == [('{"k":"v"}',)]
    assert ask(writer.path, "SELECT count(*) FROM assessments") == [(0,)]


def test_tag_is_set_replaced_and_taken_away(writer: Writer, trace: BuiltTrace) -> None:
    """Tags of a trace can be changed for ever; without any the column is empty."""
    writer.edit([ChangeTag(trace.trace_id, "a", "1"), ChangeTag(trace.trace_id, "b", "\ud800")])
    with Reader(writer.path) as reader:
        labels = reader.labels(trace.id)
        assert labels is not None
        assert labels.tags == {"a": "1", "b": "\ud800"}
    writer.edit([ChangeTag(trace.trace_id, key, None) for key in "ab"])
    assert ask(writer.path, "SELECT tags FROM traces") == [(None,)]


def test_metric_is_an_attribute_of_the_root(writer: Writer, trace: BuiltTrace) -> None:
    """A number given afterwards is filtered and counted like one that was recorded."""
    writer.edit([LogMetric(trace.trace_id, "score", 0.5), LogMetric(trace.trace_id, "score", 0.75)])
    assert ask(writer.path, "SELECT key, value FROM attributes ORDER BY key") == [("a", 1), ("score", 0.75)]
    assert ask(writer.path, "SELECT span_count FROM attr_key WHERE name = 'score'") == [(1,)]
    with Reader(writer.path) as reader:
        ((_, detail),) = reader.details(trace.id)
        assert detail.attributes == {"a": 1, "score": 0.75}


def test_deleted_trace_leaves_nothing_behind(writer: Writer, file: TraceFile, trace: BuiltTrace) -> None:
    """Spans, payloads, attributes, assessments and the counts of names go with it; what runs stays."""
    running = file.trace("running")
    running.span("open", end_ms=None, attributes={"a": 2})
    writer.edit([SaveAssessment(trace.trace_id, assessment())])
    assert writer.edit([DeleteTraces([trace.trace_id, running.trace_id, bytes(16)])]) == [1]
    for table in ("span", "trace", "attr"):
        assert ask(writer.path, f"SELECT count(*) FROM {table}") == [(1,)], table
    for table in ("payload", "assessment"):
        assert ask(writer.path, f"SELECT count(*) FROM {table}") == [(0,)], table
    assert ask(writer.path, "SELECT span_count FROM attr_key") == [(1,)]


def test_oldest_traces_are_deleted_first(writer: Writer, file: TraceFile) -> None:
    """`max_traces` limits the deletion to the oldest traces before a time."""
    file.traces(4)
    assert writer.edit([DeleteTraces(started_until_ns=at_ms(2), max_traces=2)]) == [2]
    assert ask(writer.path, "SELECT name FROM traces ORDER BY start_ns") == [("request 2",), ("request 3",)]


def test_export_tells_what_was_said_of_a_trace(writer: Writer, trace: BuiltTrace) -> None:
    """An exported trace carries its assessments."""
    writer.edit([SaveAssessment(trace.trace_id, assessment(span_id=0x5001, rationale="short"))])
    with Reader(writer.path) as reader:
        document = json.loads("".join(export_trace(reader, trace.id, now_ns=0)))
    (said,) = document["trace"]["assessments"]
    assert (said["name"], said["value"], said["span_id"]) == ("good", True, "0000000000005001")
    assert (said["rationale"], said["source_type"], said["valid"]) == ("short", "HUMAN", True)


def test_labels_of_two_processes_are_merged(writer: Writer, other: Writer) -> None:
    """A caller and the service it calls may both label one trace; neither deletes the labels of the other."""
    for number, (one, tags) in enumerate([(writer, {"a": "1", "b": "1"}), (other, {"b": "2", "c": "2"})], start=1):
        record = make_trace(maybe_in_file=True)
        record.tags = tags
        one.write([make_span(record, number, parent=None if number == 1 else 1)])
    assert ask(writer.path, "SELECT tags FROM traces") == [('{"a":"1","b":"2","c":"2"}',)]
