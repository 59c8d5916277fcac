"""What every test needs: our faults raised instead of swallowed, and a trace file of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["TRACETUI_STRICT"] = "1"  # before the tracer is imported
_OF_THE_SHELL = ("NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES")
for _variable in ("TRACETUI_DB", "TRACETUI_SERVICE", "TRACETUI_DISABLED", *_OF_THE_SHELL):
    os.environ.pop(_variable, None)
os.environ["TRACETUI_GIT_COMMIT"] = ""  # the commit of this repository is no part of what is tested

import pytest
from hypothesis import settings

from tracetui import tracer
from tracetui.tracer import guard
from tracetui.tracer.recording import process_recorder as recorder
from tracetui.tracer.spans.current import set_current

from .waiting import wait_until

settings.register_profile("shared machine", deadline=None)  # a pause of the machine is no failure of the code
settings.load_profile("shared machine")


class Recorded:
    """A trace file that the tracer of this process writes to, asked through its documented views."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query, after all that was recorded is in the file."""
        assert tracer.flush() or tracer.flush(), "the writer did not finish in time"  # False: spans were lost since
        connection = sqlite3.connect(self.path)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, parameters)]
        finally:
            connection.close()

    def spans(self) -> list[dict[str, Any]]:
        """Every span in order of arrival, with its attributes and events."""
        spans = self.rows("SELECT * FROM spans")
        for span in spans:
            span["inputs"] = span["inputs"] and json.loads(span["inputs"])
            span["outputs"] = span["outputs"] and json.loads(span["outputs"])
            span["attributes"] = {
                row["key"]: {"json": json.loads, "bool": bool, None: lambda value: value}[row["type"]](row["value"])
                for row in self.rows("SELECT key, value, type FROM attributes WHERE span_id = ?", span["span_id"])
            }
            stored = self.rows(
                "SELECT events FROM payload y JOIN span s ON s.id = y.span WHERE printf('%016x', s.span_id) = ?",
                span["span_id"],
            )
            span["events"] = json.loads(stored[0]["events"] or "[]") if stored else []
        return spans

    def span(self, name: str) -> dict[str, Any]:
        """The one span of that name."""
        (found,) = [span for span in self.spans() if span["name"] == name]
        return found

    def traces(self) -> list[dict[str, Any]]:
        """Every trace in order of arrival."""
        return self.rows("SELECT * FROM traces")


@pytest.fixture(autouse=True)
def no_connection_left_open() -> Iterator[None]:
    """Each connection to a file is closed by the end of its test.

    Its statement cache refers to the connection, so one that is forgotten is collected during some later test, which
    fails by it: Python 3.13 warns.
    """
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_note(*given: Any, **named: Any) -> sqlite3.Connection:
        opened.append(connect(*given, **named))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:  # of its own, undone after what the test patches
        patch.setattr(sqlite3, "connect", connect_and_note)
        yield
    wait_until(lambda: not any(map(_is_open, opened)), "the end of each connection that this test opened")


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


@pytest.fixture(autouse=True)
def warnings_are_new() -> None:
    """What an earlier test was warned about is warned about again."""
    guard.forget_warnings()


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    """The tracer of this process, recording into a file of the test's own."""
    path = tmp_path / "traces.db"
    tracer.configure(db=path, service="test")
    tracer.enable()
    set_current(None)  # a test before may have been about a span that nobody leaves, or that stays attached
    if (otel_context := sys.modules.get("opentelemetry.context")) is not None:
        otel_context.attach(otel_context.Context())
    yield Recorded(path)
    if (other_providers := sys.modules.get("tracetui.tracer.otel.other_providers")) is not None:
        other_providers.unfollow()  # a test that called autolog
    recorder.get().stop()
    tracer.enable()
