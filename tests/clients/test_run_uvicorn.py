"""`tracetui run -- uvicorn app:app`: a service and its LLM calls, with no line of it changed."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clients.wire import Wire
from tests.support.waiting import wait_until

RUN = [sys.executable, "-m", "tracetui.tui", "run"]

APP = """
from fastapi import FastAPI
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(base_url={url!r}, api_key="none", max_retries=0)

@app.get("/ask")
async def ask() -> str:
    stream = await client.chat.completions.create(
        model="gpt-x", messages=[{{"role": "user", "content": "hi"}}], stream=True
    )
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
"""


def spans(path: Path) -> dict[str, dict[str, Any]]:
    """The spans that have ended, by name; none before a process of the service has made the file."""
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return {}
    with closing(connection):
        connection.row_factory = sqlite3.Row
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'spans'").fetchone():
            return {}
        rows = connection.execute("SELECT * FROM spans WHERE end_ns IS NOT NULL").fetchall()
        return {row["name"]: dict(row) for row in rows}


@pytest.mark.parametrize("options", [(), ("--reload",), ("--workers", "2")], ids=["plain", "reload", "workers"])
def test_a_service_is_recorded_with_its_llm_calls(tmp_path: Path, wire: Wire, options: tuple[str, ...]) -> None:
    """Also where uvicorn serves from a child process; the request is the parent of the call."""
    (tmp_path / "app.py").write_text(APP.format(url=f"{wire.url}/v1"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = tmp_path / "traces.db"
    server = subprocess.Popen(
        [*RUN, "--db", str(path), "--", "uvicorn", "app:app", "--port", str(port), *options],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        start_new_session=True,
    )

    def answer() -> str:
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ask", timeout=30) as response:
                return str(response.read().decode())
        except OSError:
            return ""

    try:
        assert wait_until(answer, "an answer", timeout_s=60) == '"Hello you"'
        wait_until(lambda: {"GET /ask", "ChatCompletion"} <= set(spans(path)), "the spans")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    found = spans(path)
    assert not [name for name in found if "http send" in name], "a response is one span, not one for each chunk"
    assert found["ChatCompletion"]["parent_id"] == found["GET /ask"]["span_id"]
    assert found["GET /ask"]["kind"] == "SERVER"
    assert 140 < found["ChatCompletion"]["ttft_ms"] < found["ChatCompletion"]["duration_ms"]
