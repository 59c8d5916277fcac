"""Functions of the user score stored and arriving traces: once per version, errors kept, nothing recorded unasked."""

from __future__ import annotations

import json
import re
import sqlite3
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tracetui.tracer.genai import scorer
from tracetui.tracer.scoring.scorer import Scorer
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError

SCORERS = """
import asyncio
from tracetui.tracer.entities import Feedback
from tracetui.tracer.genai import scorer

@scorer
def exact(outputs, expectations):
    return outputs == expectations.get("answer")

@scorer(name="words")
def count_words(outputs):
    return len(outputs.split())

@scorer
async def grounded(inputs, outputs, trace):
    await asyncio.sleep(0)
    spans = len(trace.data.spans)
    return [Feedback("grounded", inputs["q"] in outputs, rationale=f"{spans} spans"), Feedback("tone", "dry")]

@scorer
def broken(outputs):
    raise ValueError("no opinion")
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[TraceFile]:
    """A trace with an expectation, and one that is still open."""
    made = TraceFile(tmp_path / "traces.db")
    trace = made.trace("chat")
    trace.span("root", inputs={"q": "sun"}, outputs="the sun is hot")
    made.insert(
        "assessment",
        {
            "assessment_id": "a-1", "trace": trace.id, "kind": "expectation", "name": "answer",
            "value": "the sun is hot", "source_type": "HUMAN", "created_ns": 1, "updated_ns": 1, "valid": 1,
            "rev": made.next_rev(),
        },
    )  # fmt: skip
    made.trace("running").span("root", end_ms=None)
    yield made
    made.close()


def score(file: TraceFile, text: str, *options: str) -> int:
    """Write scorers and run the command."""
    scorers = file.path.with_name("scorers.py")
    scorers.write_text(textwrap.dedent(text))
    return run(["score", "--db", str(file.path), "--with", str(scorers), *options])


def feedback(file: TraceFile) -> dict[str, Any]:
    """Value, or the code of the error, by name."""
    connection = sqlite3.connect(file.path)
    try:
        rows = connection.execute("SELECT name, value, type, error FROM assessment WHERE kind = 'feedback'").fetchall()
    finally:
        connection.close()
    return {
        name: json.loads(error)["error_code"] if error else bool(value) if type == "bool" else value
        for name, value, type, error in rows
    }


def test_scorers_of_every_form_are_applied(file: TraceFile, capfd: pytest.CaptureFixture[str]) -> None:
    """With MLflow's names of arguments; an exception is the error of the score."""
    assert score(file, SCORERS) == 0
    assert feedback(file) == {"exact": True, "words": 4, "grounded": True, "tone": "dry", "broken": "ValueError"}
    out, err = capfd.readouterr()
    assert "words: 1, mean 4" in out
    assert "broken: 1, 1 failed" in out
    assert "1 trace scored" in err


def test_a_scorer_scores_a_trace_once_and_again_when_it_was_changed(
    file: TraceFile, capfd: pytest.CaptureFixture[str]
) -> None:
    """The version is that of the source."""
    score(file, "def words(outputs):\n    return len(outputs.split())\n")
    score(file, "def words(outputs):\n    return len(outputs.split())\n")
    assert "nothing new to score" in capfd.readouterr().err
    score(file, "def words(outputs):\n    return len(outputs)\n")
    connection = sqlite3.connect(file.path)
    try:
        values = connection.execute("SELECT value FROM assessment WHERE name = 'words' ORDER BY id").fetchall()
    finally:
        connection.close()
    assert values == [(4,), (14,)]


def test_what_a_scorer_does_is_recorded_only_if_asked_for(file: TraceFile) -> None:
    """As a trace of its own with a link to the scored one, which is not scored itself."""
    scorers = """
        from tracetui.tracer import trace

        @trace
        def judge(text):
            return len(text)

        def length(outputs):
            return judge(outputs or "")
    """
    score(file, scorers)
    connection = sqlite3.connect(file.path)
    try:
        count = "SELECT count(*) FROM trace"
        assert connection.execute(count).fetchall() == [(2,)]
        score(file, scorers.replace("len(text)", "len(text) + 1").replace("length", "size"), "--record")
        assert connection.execute(count).fetchall() == [(3,)]
        ((links,),) = connection.execute("SELECT links FROM payload WHERE links IS NOT NULL").fetchall()
        assert (0xA000_0000_0000_0000_0000_0000_0000_0001).to_bytes(16).hex() in str(links)
        score(file, scorers.replace("length", "third"), "--record")
        assert connection.execute("SELECT count(*) FROM assessment WHERE name = 'third'").fetchall() == [(1,)]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "has no scorer"),
        ("def f(:", "cannot be run: SyntaxError"),
        ("from tracetui.tracer.genai import scorer\n@scorer\ndef f(question): pass", "has the argument 'question'"),
    ],
)
def test_a_file_without_scorers_is_named(
    text: str, message: str, file: TraceFile, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the reason and no traceback."""
    assert score(file, text) == 1
    err = capfd.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_a_file_that_is_missing_is_an_error_of_usage(file: TraceFile) -> None:
    """Before anything is read."""
    with pytest.raises(CommandError, match="no file"):
        run(["score", "--db", str(file.path), "--with", "missing.py"])


def test_a_scorer_is_still_a_function() -> None:
    """It can be tested like one."""

    @scorer(name="double")
    def twice(outputs: int) -> int:
        return 2 * outputs

    assert isinstance(twice, Scorer)
    assert (twice.name, twice(outputs=2)) == ("double", 4)


def test_a_dataset_has_what_an_evaluation_needs(file: TraceFile, capfd: pytest.CaptureFixture[str]) -> None:
    """Inputs, outputs, expectations, feedback."""
    score(file, "def words(outputs):\n    return len(outputs.split())\n")
    capfd.readouterr()
    assert run(["dataset", "--db", str(file.path), "trace.name = chat"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["inputs"], found["outputs"]) == ({"q": "sun"}, "the sun is hot")
    assert found["expectations"] == {"answer": "the sun is hot"}
    assert [(one["name"], one["value"]) for one in found["feedback"]] == [("words", 4)]


def test_an_empty_dataset_is_exit_code_1(file: TraceFile) -> None:
    """As everywhere where nothing is found."""
    assert run(["dataset", "--db", str(file.path), "trace.name = nothing"]) == 1


def test_the_judge_of_the_page_scores_with_a_model(
    file: TraceFile, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Against a model on this machine."""
    page = Path(__file__).parents[3].joinpath("docs", "scores.md").read_text(encoding="utf-8")
    judge = re.findall(r"^```scorer\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"][0]["content"]
            answer = "Yes." if "the sun is hot" in asked else "No."
            body = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv("JUDGE_URL", f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions")
        assert score(file, judge) == 0
        server.shutdown()
    assert feedback(file) == {"helpful": True}
