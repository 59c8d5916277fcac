"""How much the trace file may hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.store.write.deletion import used_bytes
from tracetui.tracer import start_span
from tracetui.tracer.settings.settings import Settings


def test_a_file_stays_within_its_limit(recorded: Recorded) -> None:
    """The oldest traces go as new ones come; what was recorded last is there."""
    tracer.configure(max_file_bytes=1_000_000)
    try:
        for number in range(600):
            with start_span(f"request {number}") as span:
                span.set_inputs(f"{number} " * 2_500)
            if number % 50 == 0:
                tracer.flush()

        def is_small() -> bool:
            with start_span("another"):
                pass
            tracer.flush()
            with closing(sqlite3.connect(recorded.path)) as connection:
                return used_bytes(connection) <= 1_000_000

        wait_until(is_small, "old traces to go")
    finally:
        tracer.configure(max_file_bytes=0)
    names = [row["name"] for row in recorded.rows("SELECT name FROM traces")]
    assert "request 0" not in names
    assert "request 599" in names


def test_an_impossible_limit_of_the_file_is_refused() -> None:
    """A file takes some space whatever is in it."""
    with pytest.raises(ValueError, match="at least 1,000,000 bytes; 0 means no limit"):
        tracer.configure(max_file_bytes=10)


@pytest.mark.parametrize(("text", "most"), [("", 0), ("2GB", 2_000_000_000), ("500 MiB", 500 << 20), ("big", 0)])
def test_the_limit_of_the_file_may_come_from_a_variable(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text: str, most: int
) -> None:
    """What cannot be read is no limit, and is told of."""
    monkeypatch.setenv("TRACETUI_MAX_FILE_BYTES", text)
    assert Settings().max_file_bytes == most
    assert ("a size such as 500MB or 2GB" in caplog.text) == (text == "big")


def test_traces_go_by_their_age(recorded: Recorded) -> None:
    """What began before the age is deleted as new traces come."""
    with start_span("old"):
        pass
    tracer.flush()
    with closing(sqlite3.connect(recorded.path)) as connection, connection:
        connection.execute("UPDATE trace SET start_ns = start_ns - 8 * 86400 * 1000000000")
    tracer.configure(max_age="7d")
    try:

        def is_young() -> bool:
            with start_span("new"):
                pass
            return {row["name"] for row in recorded.rows("SELECT name FROM traces")} == {"new"}

        wait_until(is_young, "the old trace to go")
    finally:
        tracer.configure(max_age=timedelta(0))


@pytest.mark.parametrize("age", ["soon", timedelta(-1)])
def test_an_impossible_age_is_refused(age: str | timedelta) -> None:
    with pytest.raises(ValueError, match="max_age="):
        tracer.configure(max_age=age)


@pytest.mark.parametrize(("text", "age_s"), [("", 0.0), ("12h", 43_200.0), ("old", 0.0)])
def test_the_age_may_come_from_a_variable(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text: str, age_s: float
) -> None:
    """What cannot be read is no limit, and is told of."""
    monkeypatch.setenv("TRACETUI_MAX_AGE", text)
    assert Settings().max_age_s == age_s
    assert ("an age such as 7d" in caplog.text) == (text == "old")
