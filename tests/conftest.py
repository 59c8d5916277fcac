"""Fixtures of every test: faults of the tracer are raised instead of swallowed, each test has its own trace file."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
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

from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer
from tracetui.tracer import guard
from tracetui.tracer.recording import process_recorder
from tracetui.tracer.spans.current import get_current, set_current

settings.register_profile("shared machine", deadline=None)  # a pause of the machine is no failure of the code
settings.load_profile("shared machine")


@pytest.fixture(autouse=True)
def no_connection_left_open() -> Iterator[None]:
    """Each connection to a file is closed by the end of its test.

    Its statement cache refers to the connection, so one that is forgotten is collected during some later test, which
    fails by it: Python 3.13 warns.
    """
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connect_and_note(*given: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given, **named)
        # The tracer's writer thread, which `threading` has not started, keeps its file beyond a test.
        if threading.get_ident() in {one.ident for one in threading.enumerate() if not one.name.startswith("Dummy-")}:
            opened.append(connection)
        return connection

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
def no_span_left_current() -> Iterator[None]:
    """Each test detaches what it attaches: the spans of the next test would be its children."""
    yield
    left = get_current()
    set_current(None)
    otel_context = sys.modules.get("opentelemetry.context")
    attached = {} if otel_context is None else dict(otel_context.get_current())
    if otel_context is not None and attached:
        otel_context.attach(otel_context.Context())
    assert (left, attached) == (None, {})


@pytest.fixture(autouse=True)
def warnings_are_new() -> None:
    """A warning that an earlier test has seen is given again."""
    guard.forget_warnings()


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    """The tracer of this process, recording into a file of the test's own."""
    path = tmp_path / "traces.db"
    tracer.configure(db=path, service="test")
    tracer.enable()
    yield Recorded(path)
    if (other_providers := sys.modules.get("tracetui.tracer.otel.other_providers")) is not None:
        other_providers.unfollow()  # a test that called autolog
    process_recorder.get().stop()
    tracer.enable()
