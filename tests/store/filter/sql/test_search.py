"""How a search goes through a file: order, batches, limits, interruption."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from tracetui.store.read.search import search

TRACES = 3_000


@pytest.fixture(scope="module")
def many(shared_trace_file: Any) -> Any:
    """Three thousand traces of two spans; the oldest is still being written to at the end."""
    file = shared_trace_file
    file.connection.execute("BEGIN")
    for number in range(1, TRACES + 1):
        file.trace(
            {
                "kind": "LLM",
                "ttft_ms": number % 1_000,
                "attributes": {"n": number, "s": f"v{number % 10}"},
                "outputs": f"w{number}",
            },
            {"kind": "TOOL", "status": "ERROR" if number % 100 == 0 else "OK"},
            session_id=f"s-{number % 500}",
        )
    late = file.span_row(1, 1, {"kind": "LLM", "ttft_ms": 999.5, "attributes": {"n": 2_999.5, "late": True}})
    file.insert("span", late)
    file.connection.execute("COMMIT")
    return file


QUERIES: dict[str, Callable[[int], object]] = {
    "ttft > 990": lambda n: n == 1 or n % 1_000 > 990,
    "n > 2990": lambda n: n == 1 or n > 2_990,
    "s = v7": lambda n: n % 10 == 7,
    "s = v7 and n > 100": lambda n: n % 10 == 7 and n > 100,
    "late = true": lambda n: n == 1,
    "is:error": lambda n: n % 100 == 0,
    "kind = TOOL": lambda n: True,
    "kind = nothing": lambda n: False,
    "session = s-7": lambda n: n % 500 == 7,
    "output ~ w2999": lambda n: n == 2_999,
    "w2999": lambda n: n == 2_999,
    "n = 5 or ttft = 6 or session = s-7": lambda n: n == 5 or n % 1_000 == 6 or n % 500 == 7,
    "n > 2990 or is:error or late = true": lambda n: n == 1 or n > 2_990 or n % 100 == 0,
    "{n = 200} and {is:error}": lambda n: n == 200,
    "{n > 100} and not {is:error}": lambda n: (n > 100 or n == 1) and n % 100,
    "trace_id = 00000000000000000000000000000bb8": lambda n: n == 3_000,
    "": lambda n: True,
    "nosuch is null": lambda n: True,
    "nosuch > 5": lambda n: False,
}


@pytest.mark.parametrize("text", QUERIES)
def test_search_gives_every_match_once_and_newest_first(many: Any, text: str) -> None:
    """The batches put together are the answer, in the order of the list, also for a trace written to for long."""
    expected = [n for n in range(TRACES, 0, -1) if QUERIES[text](n)]
    assert many.matches(text) == expected
    assert many.among(text) == expected[::-1]


@pytest.mark.parametrize("text", ["ttft > 990", "n > 2990", "kind = TOOL", "n = 5 or ttft = 6 or session = s-7", ""])
def test_search_stops_at_its_limit_with_the_newest(many: Any, text: str) -> None:
    """A limit keeps the newest matches."""
    assert many.matches(text, limit=7) == many.matches(text)[:7]


def test_search_can_begin_with_the_oldest(many: Any) -> None:
    """Oldest first is the same answer the other way round."""
    assert many.matches("n > 2990", newest_first=False, limit=3) == [1, 2_991, 2_992]


def test_search_hands_out_first_matches_after_one_small_slice(many: Any) -> None:
    """The first rows do not wait for the whole file."""
    batches = search(many.connection, many.plan("kind = TOOL"))
    first = next(batches)
    assert first[0] == TRACES
    assert 0 < len(first) < TRACES / 2


def test_search_makes_slices_smaller_when_they_take_long(many: Any) -> None:
    """A slow machine or a dear condition gets more and shorter questions."""
    ticks = iter(range(1_000_000))
    slow = list(search(many.connection, many.plan("session = nothing"), clock=lambda: float(next(ticks))))
    fast = list(search(many.connection, many.plan("session = nothing"), clock=lambda: 0.0))
    assert len(slow) > 2 * len(fast)


def test_search_gives_a_turn_to_its_caller_after_every_slice(many: Any) -> None:
    """A search that finds nothing yet still yields, so that it can be dropped."""
    batches = list(search(many.connection, many.plan("kind = nothing")))
    assert len(batches) > 1
    assert not any(batches)


def test_search_ignores_traces_that_arrive_while_it_runs(trace_file: Any) -> None:
    """What comes later is the business of the live feed."""
    for _ in range(2_000):
        trace_file.trace({"name": "old"}, {"name": "old"})
    batches = search(trace_file.connection, trace_file.plan("name = old or name = new"))
    found = next(batches)
    trace_file.trace({"name": "new"})
    found += [trace for batch in batches for trace in batch]
    assert found == list(range(2_000, 0, -1))


def test_search_survives_gaps_left_by_deleted_traces(trace_file: Any) -> None:
    """Pruned ids are no end of the file."""
    for _ in range(900):
        trace_file.trace({"name": "a"}, {"name": "b", "attributes": {"n": 1}})
    trace_file.connection.execute("DELETE FROM span WHERE trace BETWEEN 5 AND 880")
    trace_file.connection.execute("DELETE FROM trace WHERE id BETWEEN 5 AND 880")
    expected = [*range(900, 880, -1), 4, 3, 2, 1]
    assert trace_file.matches("name = b") == expected
    assert trace_file.matches("n = 1") == expected
    assert trace_file.matches("trace.spans = 2") == expected


def test_search_of_an_empty_file_finds_nothing(trace_file: Any) -> None:
    """There is nothing to go through and nothing to fail on."""
    for text in QUERIES:
        assert trace_file.matches(text) == []


def test_interrupt_ends_a_search_in_the_middle_of_a_slice(many: Any) -> None:
    """A keystroke does not wait for the question that is being asked."""
    many.connection.create_function("filter_search", 3, lambda *_: many.connection.interrupt() or 0)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        many.matches("name =~ 'x'")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("kind = LLM and n > 5", ["SEARCH a USING PRIMARY KEY"]),
        ("duration > 1s ttft > 5", ["SEARCH s USING INDEX span_ttft"]),
        ("ttft > 5", ["SEARCH s USING COVERING INDEX span_ttft"]),
        ("(n = 1 or s = v3) and name ~ x", ["SEARCH a USING PRIMARY KEY"] * 2),
        ("is:error model = x", ["SEARCH t USING INTEGER PRIMARY KEY"]),
        ("output ~ x", ["SEARCH y USING INTEGER PRIMARY KEY"]),
        ("n = 1 or duration > 5s", ["SEARCH s USING INTEGER PRIMARY KEY"]),
        ("nosuch = 1 and duration > 5s", []),
    ],
)
def test_search_begins_at_the_narrowest_place(many: Any, text: str, places: list[str]) -> None:
    """An indexed or narrow condition decides where to look, wherever it stands in the filter."""
    plan = many.plan(text)
    found = []
    for source in plan.sources:
        values = {**plan.parameters, **dict.fromkeys(plan.block_tests, "[]"), "first": 1, "last": TRACES}
        found.append(many.connection.execute("EXPLAIN QUERY PLAN " + source.sql, values).fetchall()[0][3])
    assert [step[: len(place)] for step, place in zip(found, places, strict=True)] == places
