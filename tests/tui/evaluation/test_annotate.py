"""`tracetui annotate`: what a person says of a trace, written as the explorer's keys write it."""

from __future__ import annotations

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run
from tracetui.store.model.span_ids import span_hex
from tracetui.store.read.reader import Reader


def said(file: TraceFile) -> list[tuple[str, str, object, str | None]]:
    """What is said of the newest trace."""
    with Reader(file.path) as reader:
        return [(one.kind, one.name, one.value, one.source_id) for one in reader.assessments(3)]


def test_opinions_are_written_in_mlflows_names(file: TraceFile, run: Run) -> None:
    """All at once, and found by the filter."""
    words = ["--star", "--down", "--score", "helpful=0.2", "--score", "3", "--note", "wrong shop", "--tag", "seen=ada"]
    ran = run("annotate", "last", *words, "--expected", "30 days", "--by", "ada")
    assert ran.code == 0
    assert "wrote 7 annotations" in ran.err
    assert said(file) == [
        ("feedback", "helpful", 0.2, "ada"),
        ("feedback", "score", 3, "ada"),
        ("feedback", "feedback", False, "ada"),
        ("feedback", "note", "wrong shop", "ada"),
        ("expectation", "expected_response", "30 days", "ada"),
    ]
    found = run("ls", "is:starred", "is:disliked", "tag.seen = ada", "feedback.score > 2", "--json")
    assert len(found.out.splitlines()) == 1
    run("annotate", "last", "--no-star", "--note", "", "--tag=-seen", "--score", "helpful=", "--by", "ada")
    assert [name for _, name, _, _ in said(file)] == ["score", "feedback", "expected_response"]
    assert run("ls", "is:starred", "--json").out == ""


def test_a_span_is_named_by_its_first_digits(file: TraceFile, run: Run) -> None:
    """As traces are."""
    with Reader(file.path) as reader:
        (span,) = reader.spans(3)
    assert run("annotate", "last", "--span", span_hex(span.span_id)[:14], "--up").code == 0
    with Reader(file.path) as reader:
        assert [(one.span_id, one.value) for one in reader.assessments(3)] == [(span.span_id, True)]
    assert "no span of the trace begins with ff" in run("annotate", "last", "--span", "ff", "--up").err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["last"], "say something"),
        (["last", "--score", "helpful=very"], "give a name and a value"),
        (["last", "--tag", "=x"], "give a name and a value"),
        (["ffff", "--star"], "has an id that begins with"),
    ],
)
def test_what_cannot_be_written_is_said(file: TraceFile, run: Run, words: list[str], complaint: str) -> None:
    """And nothing is."""
    ran = run("annotate", *words)
    assert ran.code != 0
    assert complaint in ran.err
    assert said(file) == []


def test_a_file_of_an_older_layout_is_not_converted(file: TraceFile, run: Run) -> None:
    """`tracetui migrate` does that."""
    file.connection.execute("PRAGMA user_version = 8")
    assert "tracetui migrate" in run("annotate", "last", "--star").err
