"""`tracetui import` and the formats of `tracetui export`, as commands."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.store.exchange.test_otlp import TRACE, request, span
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """OTLP with a root and a model call."""
    call = {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}
    child = span(spanId="eee19b7ec3c1b173", parentSpanId="eee19b7ec3c1b174", name="chat", attributes=[call])
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(request(span(name="POST /chat"), child)))
    return path


def printed(capfd: pytest.CaptureFixture[str], *arguments: Any) -> str:
    """Run a command, which succeeds, and return what it prints."""
    capfd.readouterr()
    assert run([str(one) for one in arguments]) == 0
    return capfd.readouterr().out


def test_a_document_is_imported_once(document: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The second import of the same spans changes nothing, and says so."""
    db = tmp_path / "traces.db"
    assert printed(capfd, "import", "--db", db, document) == "2 spans imported\n"
    assert printed(capfd, "import", "--db", db, document) == "0 spans imported (2 there already)\n"


def test_lines_of_json_are_imported_also_compressed_and_a_bad_line_costs_no_other(
    document: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The collector's file exporter writes a request in each line."""
    lines = tmp_path / "spans.jsonl.gz"
    other = json.dumps(request(span(spanId="00000000000000aa")))
    lines.write_bytes(gzip.compress(f"{document.read_text()}\n{{broken\n\n{other}\n".encode()))
    assert run(["import", "--db", str(tmp_path / "traces.db"), str(lines)]) == 0
    out, err = capfd.readouterr()
    assert out == "3 spans imported\n"
    assert "line 2 of spans.jsonl.gz is not JSON" in err


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "is empty"),
        ("{", "is not JSON"),
        ('{"x": 1}', "no known format, with the names x"),
        ("[1]", "no known format"),
    ],
)
def test_what_is_no_trace_is_named_and_fails(
    content: str, named: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The message names the document and what is wrong with it; the exit code is 1."""
    wrong = tmp_path / "wrong.json"
    wrong.write_text(content)
    assert run(["import", "--db", str(tmp_path / "traces.db"), str(wrong)]) == 1
    err = capfd.readouterr().err
    assert "wrong.json" in err
    assert named in err
    assert "Traceback" not in err


def test_a_trace_file_is_opened_and_not_imported(
    document: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The message tells the command that opens it."""
    db = tmp_path / "traces.db"
    printed(capfd, "import", "--db", db, document)
    with pytest.raises(CommandError, match=r"is a database.*`tracetui "):
        run(["import", "--db", str(tmp_path / "other.db"), str(db)])


@pytest.fixture
def db(document: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """A trace file with the document."""
    path = tmp_path / "traces.db"
    printed(capfd, "import", "--db", path, document)
    return path


def test_traces_of_a_filter_are_exported_in_lines_that_can_be_imported(
    db: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """JSON lines are the documents of single traces."""
    lines = tmp_path / "out.jsonl"
    assert run(["export", "--db", str(db), "-f", "kind = SERVER or model = gpt-4o", "-o", str(lines)]) == 0
    assert "wrote 1 trace to" in capfd.readouterr().err
    (line,) = lines.read_text().splitlines()
    assert json.loads(line)["trace"]["trace_id"] == TRACE
    assert printed(capfd, "import", "--db", tmp_path / "again.db", lines) == "2 spans imported\n"


def test_a_table_of_spans_has_a_line_of_names(db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """CSV for spreadsheets."""
    rows = list(csv.DictReader(io.StringIO(printed(capfd, "export", "--db", db, "last", "--format", "csv"))))
    assert [(row["name"], row["model"], row["trace_id"]) for row in rows] == [
        ("POST /chat", "", TRACE),
        ("chat", "gpt-4o", TRACE),
    ]


def test_perfetto_shows_spans_nested_below_each_other(db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Spans that are nested in time are in one lane."""
    document = json.loads(printed(capfd, "export", "--db", db, "last", "--format", "perfetto"))
    spans = [event for event in document["traceEvents"] if event["ph"] == "X"]
    assert [(event["name"], event["tid"], event["dur"]) for event in spans] == [
        ("POST /chat", 1, 1.0),
        ("chat", 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a TRACE_ID, or a filter"),
        (["last", "-f", "x"], "not both"),
        (["-f", "", "--format", "json"], "use --format jsonl"),
        (["last", "--format", "csv", "--attachments", "x"], "json only"),
    ],
)
def test_options_that_exclude_each_other_are_an_error_of_usage(arguments: list[str], message: str, db: Path) -> None:
    """The message tells what to give."""
    with pytest.raises(CommandError, match=message):
        run(["export", "--db", str(db), *arguments])


def test_the_explorer_needs_a_terminal_for_a_document_too(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nothing is imported."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CommandError, match="needs a terminal"):
        run([str(document)])
