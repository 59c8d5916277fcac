"""`tracetui replay`: a call again, edited or with another model, recorded beside the original; no key is stored."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tracetui.tui.cli.program import run
from tracetui.tui.errors import CommandError

KEY = "not-a-real-key-8f3"


class Model(ThreadingHTTPServer):
    """Speaks both protocols, streamed; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()
        if self.server.status != 200:
            self.wfile.write(b'{"error": "model is loading"}')
        elif self.path.endswith("/messages"):
            self._send(
                {"type": "message_start", "message": {"id": "m", "model": body["model"], "usage": {"input_tokens": 7}}}
            )
            self._send({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Cold."}})
            self._send({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}})
            self._send({"type": "message_stop"})
        else:
            for word in ("Very ", "hot."):
                self._send({"id": "c", "object": "chat.completion.chunk", "model": body["model"],
                            "choices": [{"index": 0, "delta": {"content": word}}]})  # fmt: skip
            self._send({"id": "c", "object": "chat.completion.chunk", "model": body["model"],
                        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})  # fmt: skip
            self._send({"id": "c", "object": "chat.completion.chunk", "model": body["model"], "choices": [],
                        "usage": {"prompt_tokens": 11, "completion_tokens": 3}})  # fmt: skip
            self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, event: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A running model."""
    server = Model()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A trace with a call of OpenAI's form, with a tool."""
    file = TraceFile(tmp_path / "traces.db")
    trace = file.trace("chat")
    root = trace.span("POST /chat")
    inputs = {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How is the sun?"}],
        "temperature": 0.2,
        "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}],
    }
    trace.span("chat gpt", parent=root, kind="LLM", model="gpt-4o", provider="openai", inputs=inputs, outputs="Hot.")
    file.close()
    return file.path


def recorded(db: Path) -> dict[str, Any]:
    """The trace of the replay."""
    connection = sqlite3.connect(db)
    connection.row_factory = sqlite3.Row
    try:
        (row,) = connection.execute(
            "SELECT t.*, y.links FROM traces t JOIN trace r ON lower(hex(r.trace_id)) = t.trace_id"
            " JOIN payload y ON y.span = r.root WHERE t.name LIKE 'replay %'"
        ).fetchall()
        return dict(row)
    finally:
        connection.close()


def test_a_call_is_made_again_with_another_model(model: Model, db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Streamed to the terminal, and recorded with tokens, a link and a tag."""
    assert run(["replay", "last", "--db", str(db), "--model", "gpt-4.1", "--base-url", f"{model.url}/v1"]) == 0
    out, err = capfd.readouterr()
    assert out == "Very hot.\n"
    assert "compare with `tracetui diff a00000000000 " in err
    ((path, headers, body),) = model.asked
    assert (path, headers["authorization"], body["model"]) == ("/v1/chat/completions", f"Bearer {KEY}", "gpt-4.1")
    assert [one["content"] for one in body["messages"]] == ["Be brief.", "How is the sun?"]
    assert (body["temperature"], body["tools"][0]["function"]["name"]) == (0.2, "look")
    trace = recorded(db)
    assert (trace["input_tokens"], trace["output_tokens"], trace["status"]) == (11, 3, "OK")
    assert "a0000000000000000000000000000001" in str(trace["links"])
    assert "tracetui.replay_of" in str(trace["tags"])


def test_no_key_is_stored(model: Model, db: Path) -> None:
    """Neither in the file nor in its log."""
    run(["replay", "last", "--db", str(db), "--base-url", f"{model.url}/v1"])
    for beside in db.parent.glob("traces.db*"):
        assert KEY.encode() not in beside.read_bytes()


def test_anthropics_protocol_is_spoken(model: Model, db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The system prompt apart, a bound of tokens, the key in its own header."""
    assert run(["replay", "last", "--db", str(db), "--model", "claude-haiku-4-5", "--base-url", model.url]) == 0
    ((path, headers, body),) = model.asked
    assert (path, headers["x-api-key"], body["system"]) == ("/v1/messages", KEY, "Be brief.")
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "How is the sun?"}]}]
    assert body["max_tokens"] > 0
    assert capfd.readouterr().out == "Cold.\n"
    assert (recorded(db)["input_tokens"], recorded(db)["output_tokens"]) == (7, 2)


def test_a_request_is_edited_first(model: Model, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's editor; here a script that replaces a word."""
    script = tmp_path / "edit.py"
    script.write_text(
        "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text().replace('sun', 'moon'))"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    assert run(["replay", "last", "--db", str(db), "--edit", "--base-url", f"{model.url}/v1"]) == 0
    assert model.asked[0][2]["messages"][1]["content"] == "How is the moon?"


def test_a_request_that_is_no_json_any_more_is_not_sent(
    model: Model, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error is named, and the editor opened again, three times."""
    script = tmp_path / "edit.py"
    script.write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('{')")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    with pytest.raises(CommandError, match="nothing was sent"):
        run(["replay", "last", "--db", str(db), "--edit"])
    assert capfd.readouterr().err.count("the request is not JSON") == 3
    assert not model.asked


def test_the_request_is_printed_as_curl_that_works(model: Model, db: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the key as a variable; nothing is sent or recorded."""
    assert run(["replay", "last", "--db", str(db), "--print", "curl", "--base-url", f"{model.url}/v1"]) == 0
    command = capfd.readouterr().out
    assert KEY not in command
    assert not model.asked
    if shutil.which("curl"):
        subprocess.run(["sh", "-c", command], check=True, capture_output=True)
        assert model.asked[0][1]["authorization"] == f"Bearer {KEY}"


def test_the_request_is_printed_as_a_program_that_works(
    model: Model, db: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In Python, with the key from the environment."""
    run(["replay", "last", "--db", str(db), "--print", "python", "--base-url", f"{model.url}/v1"])
    program = capfd.readouterr().out
    assert KEY not in program
    subprocess.run(
        [sys.executable, "-c", program.replace("print(", "(")], check=False, capture_output=True, env=os.environ
    )
    assert model.asked[0][1]["authorization"] == f"Bearer {KEY}"


def test_a_failure_of_the_endpoint_is_told_and_recorded(
    model: Model, db: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With what the endpoint said."""
    model.status = 503
    assert run(["replay", "last", "--db", str(db), "--base-url", f"{model.url}/v1"]) == 1
    assert "503" in (err := capfd.readouterr().err)
    assert "model is loading" in err
    assert "Traceback" not in err
    assert recorded(db)["status"] == "ERROR"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["last", "--span", "nothing"], "has no model call 'nothing'; it has: chat gpt"),
        (["trace.name = other"], "no trace matches"),
        (["kind = LLM | by(model)"], "not of groups"),
    ],
)
def test_what_cannot_be_made_again_is_named(arguments: list[str], message: str, db: Path) -> None:
    """Before anything is sent."""
    with pytest.raises(CommandError, match=message):
        run(["replay", *arguments, "--db", str(db)])
