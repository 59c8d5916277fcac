"""Old traces leave by age; those that people have assessed stay longer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.records import PROCESS
from tests.support.builders import EPOCH_NS, TraceFile
from tracetui.store.text.age import parse_age_s
from tracetui.store.write.retention import DeleteAged, DeleteOldest
from tracetui.store.write.writer import Writer

DAY_S = 86_400.0


def names(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM trace ORDER BY id")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Traces of 1 to 10 days before the end, oldest first; that of day 9 and of day 5 are assessed."""
    file = TraceFile(tmp_path / "traces.db")
    for days in range(10, 0, -1):
        trace = file.trace(f"day {days}", start_ms=(10 - days) * DAY_S * 1_000, status="OK", end_ns=EPOCH_NS)
        trace.span("work")
        if days in (9, 5):
            row = {"assessment_id": f"a{days}", "trace": trace.id, "kind": "feedback", "name": "good"}
            times = {"created_ns": 1, "updated_ns": 1, "valid": 1, "rev": file.next_rev()}
            file.insert("assessment", {**row, **times, "source_type": "HUMAN", "value": 1})
    file.close()
    return tmp_path / "traces.db"


NOW_NS = EPOCH_NS + int(10 * DAY_S * 1e9)


def test_traces_older_than_the_age_go_and_assessed_ones_stay_four_times_as_long(path: Path) -> None:
    with closing(Writer(path, PROCESS)) as writer:
        assert writer.edit([DeleteAged(3.5 * DAY_S, NOW_NS)]) == [5]
        assert names(path) == ["day 9", "day 5", "day 3", "day 2", "day 1"]
        assert writer.edit([DeleteAged(2.1 * DAY_S, NOW_NS)]) == [2]
        assert names(path) == ["day 5", "day 2", "day 1"]
        assert writer.edit([DeleteAged(2.1 * DAY_S, NOW_NS)]) == [0]


def test_a_file_that_is_too_large_loses_assessed_traces_last(path: Path) -> None:
    with closing(Writer(path, PROCESS)) as writer:
        while len(names(path)) > 2:
            assert writer.edit([DeleteOldest(0, NOW_NS)]) != [0]
        assert names(path) == ["day 9", "day 5"]
        writer.edit([DeleteOldest(0, NOW_NS)])
        assert names(path) == []


@given(st.integers(1, 10_000), st.sampled_from([("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("W", 604_800)]))
def test_an_age_is_a_number_and_a_unit(number: int, unit: tuple[str, int]) -> None:
    assert parse_age_s(f" {number}{unit[0]}") == parse_age_s(f"{number}.0 {unit[0]} ") == number * unit[1]


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "0s", "7 days", "1e3s"])
def test_anything_else_is_no_age(text: str) -> None:
    assert parse_age_s(text) is None
