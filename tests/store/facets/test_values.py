"""Values of fields with their counts, and what errors are grouped by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tracetui.store.facets.values import Values, count_values, known_values, values_query
from tracetui.store.filter import FilterError, parse
from tracetui.store.filter.assist.group_filter import narrowed
from tracetui.store.read.reader import Reader
from tracetui.store.read.search import find

NOTHING: frozenset[int] = frozenset()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """Traces that failed in five ways, with tags and feedback."""
    made = TraceFile(tmp_path / "traces.db")
    exception: dict[str, Any] = {
        "name": "exception",
        "attributes": {"exception.type": "TimeoutError", "exception.message": "slow"},
    }
    failures: list[tuple[str | None, list[dict[str, Any]] | None, dict[str, Any]]] = [
        ("no answer in 2 s", [{"name": "retry"}, exception], {}),
        ("TimeoutError: no answer in 3 s", None, {}),
        ("refused", None, {"error.type": "429"}),
        ("it broke: really", None, {}),
        (None, None, {}),
    ]
    for message, events, attributes in failures:
        trace = made.trace("work", status_message=message, tags='{"env": "prod"}', session_id="s-1")
        trace.span(status="ERROR", status_message=message, events=events, attributes=attributes)
    made.trace("fine", tags='{"env": "dev", "a b": "1"}', session_id="s-2").span(model="large", kind="LLM")
    yield made
    made.close()


def counted(reader: Reader, filter: str, field: str) -> Values:
    """The values once all are counted."""
    *_, last = count_values(reader, values_query(parse(filter), field), now_ns=0, gone=NOTHING)
    assert last is not None
    return last


def test_errors_are_grouped_by_their_type(file: TraceFile) -> None:
    """The type of the exception, or what comes nearest; each group leads to its traces."""
    with Reader(file.path) as reader:
        found = counted(reader, "", "error").groups
        assert found is not None
        counts = {one.key[0]: one.spans for one in found.groups}
        assert counts == {"TimeoutError": 2, "429": 1, "it broke: really": 1, "": 1, None: 1}
        for group in found.groups:
            text = narrowed(parse("| by(error)"), group.key)
            assert sum(map(len, find(reader, parse(text), now_ns=0, gone=NOTHING))) == group.spans, text
        of_traces = counted(reader, "", "trace.error").groups
        assert of_traces is not None
        assert {one.key[0] for one in of_traces.groups} >= {"TimeoutError", "429"}


@pytest.mark.parametrize(
    ("filter", "traces"),
    [
        ("error = TimeoutError", 2),
        ("error ~ 'no answer'", 2),
        ('error = "no answer in 2 s"', 1),
        ("trace.error = TimeoutError", 2),
        ("error = 429", 1),
        ("has:error", 5),
        ("not {error = TimeoutError}", 4),
        ("message ~ timeouterror", 1),
    ],
)
def test_an_error_is_found_by_its_type_and_by_its_message(file: TraceFile, filter: str, traces: int) -> None:
    """Both are what the error is."""
    with Reader(file.path) as reader:
        assert sum(map(len, find(reader, parse(filter), now_ns=0, gone=NOTHING))) == traces


def test_values_follow_the_filter(file: TraceFile) -> None:
    """Stages that make or order groups give way to the field."""
    with Reader(file.path) as reader:
        found = counted(reader, "is:error | count() > 0 | by(model) | sort(model) | limit 1", "session").groups
        assert found is not None
        assert [(one.key, one.traces) for one in found.groups] == [(("s-1",), 5)]


@pytest.mark.parametrize("field", ["duration", "input", "trace.nosuch"])
def test_field_without_values_to_share_is_refused(field: str) -> None:
    """As in by()."""
    with pytest.raises(FilterError):
        values_query(None, field)


def test_known_values_are_the_names_behind_a_scope_too(file: TraceFile) -> None:
    """Most frequent first; a field that makes no groups has none."""
    with Reader(file.path) as reader:

        def known(field: str) -> list[tuple[str, int]]:
            return known_values(reader, field, now_ns=0, gone=NOTHING, within_s=9)

        assert known("session") == [("s-1", 5), ("s-2", 1)]
        assert known("model") == [("large", 1)]
        assert known("tag.") == [("env", 6), ("a b", 1)]
        assert known("tag.env") == [("prod", 5), ("dev", 1)]
        assert known("metadata.") == []
        assert known("feedback.") == []
        assert known("duration") == []
        assert known("trace.nosuch") == []
