"""What the explorer opens beside trace files: documents, and databases of MLflow, as copies that are deleted."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.store.exchange.test_otlp import request, span
from tests.tracer.ingest.test_mlflow_database import database, spans_in
from tracetui.store.exchange.otlp_protobuf import encode
from tracetui.tui.errors import CommandError
from tracetui.tui.explorer import open as opening

__all__ = ["database"]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names of the spans in each file that the explorer is run on."""
    found: list[list[str]] = []

    def run(path: Path, read_only: bool) -> int:
        found.append(spans_in(path))
        return 0

    monkeypatch.setattr(opening, "_run", run)
    monkeypatch.setattr(opening, "has_terminal", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    return found


def test_documents_and_databases_of_mlflow_are_opened_as_copies(
    shown: list[list[str]], database: Path, tmp_path: Path
) -> None:
    """By their first bytes, or by the name for protobuf."""
    sent = request(span(name="sent"))
    (tmp_path / "trace.json").write_text(json.dumps(sent))
    (tmp_path / "trace.pb").write_bytes(encode(sent))
    for path in (tmp_path / "trace.json", tmp_path / "trace.pb", database):
        assert opening.explore(path) == 0
    assert shown == [["sent"], ["sent"], ["root"]]


def test_a_database_of_another_program_is_refused(shown: list[list[str]], database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("DROP TABLE spans")
    connection.close()
    with pytest.raises(CommandError, match="of another program"):
        opening.explore(database)
    assert shown == []
