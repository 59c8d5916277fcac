"""Arguments that iterate forever: the host continues, and the first items are recorded."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import guard
from tracetui.tracer.entities import Link, SpanEvent
from tracetui.tracer.spans.span import Span
from tracetui.tracer.values import bounds
from tracetui.tracer.values.bounds import finite_entries, finite_items


class Endless(Mapping[str, int]):
    """A mapping whose iteration never ends."""

    def __getitem__(self, key: str) -> int:
        return int(key)

    def __iter__(self) -> Iterator[str]:
        return map(str, itertools.count())

    def __len__(self) -> int:
        return 1


class Unreadable(Mapping[str, int]):
    """A mapping whose methods all raise."""

    def __getitem__(self, key: str) -> int:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("iter")

    def __len__(self) -> int:
        raise RuntimeError("len")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a limit of three entries."""
    monkeypatch.setattr(bounds, "MAX_LAZY_ITEMS", 3)


def test_a_plain_dict_is_not_copied() -> None:
    """A plain dict is finite, so any number of entries is accepted."""
    plain = {str(number): number for number in range(10)}
    assert finite_entries(plain) is plain


def test_the_first_entries_of_an_endless_mapping_are_read_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The same holds for mappings, pairs and items."""
    expected = {"0": 0, "1": 1, "2": 2}
    assert finite_entries(Endless()) == expected
    assert finite_entries((str(number), number) for number in itertools.count()) == expected
    assert list(finite_items(itertools.count())) == [0, 1, 2]
    assert caplog.text.count("more than 3 entries in one argument") == 1
    assert caplog.text.count("more than 3 items in one argument") == 1


def test_a_mapping_with_an_end_is_read_whole_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Also an object with `keys` but no `items`, such as a row of sqlite3."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT 1 AS a, 2 AS b, 3 AS c").fetchone()
    connection.close()
    assert finite_entries(row) == {"a": 1, "b": 2, "c": 3}
    assert caplog.text == ""


def _in_context(_: Span) -> None:
    with tracer.tracing.context(tags=Endless(), metadata=Endless()), tracer.start_span("inside"):
        pass


def _outside(_: Span) -> None:
    tracer.start_span_no_context("apart", attributes=Endless(), tags=Endless(), metadata=Endless()).end()


ARGUMENTS: dict[str, Callable[[Span], Any]] = {
    "set_attributes": lambda span: span.set_attributes(Endless()),
    "add_event": lambda span: span.add_event("event", Endless()),
    "SpanEvent": lambda span: span.add_event(SpanEvent("event", attributes=Endless())),
    "Link": lambda span: span.add_link(Link("a" * 32, "b" * 16, Endless())),
    "add_links": lambda span: span.add_links(Link("a" * 32, "b" * 16) for _ in itertools.count()),
    "end": lambda span: span.end(attributes=Endless()),
    "attributes": lambda _: tracer.start_span("inside", attributes=Endless()).end(),
    "attributes and a description": lambda _: tracer.start_span("in", attributes=Endless(), description="d").end(),
    "start_span_no_context": _outside,
    "update_current_trace": lambda _: tracer.update_current_trace(Endless(), Endless(), model_id="m"),
    "log_metrics": lambda _: tracer.log_metrics(Endless()),
    "context": _in_context,
    "trace": lambda _: tracer.trace(attributes=Endless())(lambda: None)(),
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_an_endless_argument_does_not_stop_the_host(
    recorded: Recorded, argument: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The span is recorded with the first entries, with one warning."""
    with tracer.start_span("outer") as span:
        assert isinstance(span, Span)
        ARGUMENTS[argument](span)
    assert recorded.span("outer")["status"] == "OK"
    assert sum("more than 3" in record.message for record in caplog.records) == 1


@pytest.mark.parametrize("argument", ["attributes", "end"])
def test_attributes_that_cannot_be_read_lose_no_span(
    recorded: Recorded, argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The span begins and ends without the attributes."""
    monkeypatch.setattr(guard, "strict", False)
    if argument == "end":
        tracer.start_span_no_context("kept").end(attributes=Unreadable())
    else:
        with tracer.start_span("kept", attributes=Unreadable(), description="described"):
            pass
    assert recorded.span("kept")["end_ns"]
