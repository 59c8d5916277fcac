"""How much the trace file may hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing

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
