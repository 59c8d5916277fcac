"""The filter compared with a plain Python reading of its rules, over random spans and random filters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings

from tests.store.filter.reference import TRACES, Test, span_filters, trace_filters


@given(span_filters)
@settings(max_examples=400, deadline=None)
def test_filter_finds_the_traces_with_a_span_that_satisfies_it(filled: Any, made: tuple[str, Test]) -> None:
    """Searching, asking about given traces and marking spans all agree with the rules."""
    text, test = made
    spans = [[span for span in trace["spans"] if test(span, trace)] for trace in TRACES]
    expected = [index for index, found in enumerate(spans, 1) if found]
    assert filled.matches(text) == expected[::-1]
    assert filled.among(text) == expected
    trace = max(range(len(spans)), key=lambda index: len(spans[index]))
    first = sum(len(t["spans"]) for t in TRACES[:trace]) + 1
    marked = [
        first + i for i, span in enumerate(TRACES[trace]["spans"]) if any(span is found for found in spans[trace])
    ]
    assert filled.spans(text, trace + 1) == marked


@given(trace_filters)
@settings(max_examples=200, deadline=None)
def test_sets_of_spans_combine_to_traces(filled: Any, made: tuple[str, Test]) -> None:
    """`{a} and {b}` may be two spans; `not {a}` is none."""
    text, test = made
    expected = [index for index, trace in enumerate(TRACES, 1) if test({}, trace)]
    assert filled.matches(text) == expected[::-1]
    assert filled.among(text) == expected


def test_random_file_is_where_it_should_be(filled: Any, tmp_path: Path) -> None:
    """The file under test holds every random trace."""
    assert filled.among("") == list(range(1, len(TRACES) + 1))
