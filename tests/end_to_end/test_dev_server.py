"""The main job in a real terminal: a traced dev server, the explorer beside it, a filter, an export."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.terminal import Terminal, require_tmux
from tests.support.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
TRACETUI = Path(sys.executable).parent / "tracetui"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder: server and explorer are started in it without naming a file."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").touch()
    return tmp_path / "project"


@pytest.fixture
def server(project: Path) -> Iterator[str]:
    """The dev server's address; a real uvicorn in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "tests.end_to_end.chat_server:app",
            "--port",
            str(port),
            "--app-dir",
            str(ROOT),
        ],
        cwd=project,
        env={key: value for key, value in os.environ.items() if key != "TRACETUI_DB"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(address + "/fail?question=warm-up", timeout=30).status_code == 500
        except httpx.TransportError:
            return False

    wait_until(answers, "the server")
    yield address
    process.terminate()
    process.wait(10)


def ask(address: str, question: str, ttft_ms: int) -> threading.Thread:
    """Send a request and read its stream, in the background."""

    def read() -> None:
        parameters: dict[str, str | int] = {"question": question, "ttft_ms": ttft_ms}
        with httpx.stream("GET", address + "/chat", params=parameters, timeout=30) as response:
            response.read()

    thread = threading.Thread(target=read)
    thread.start()
    return thread


def test_slow_first_tokens_are_found_and_exported_while_the_server_runs(
    project: Path, server: str, tmp_path: Path
) -> None:
    """Spans are on the screen before they end; the filter leaves exactly the slow ones; `e` writes what was seen."""
    require_tmux()
    terminal = Terminal(tmp_path / "tmux", str(TRACETUI), project)
    try:
        terminal.wait_for("fail")
        httpx.get(server + "/hold?question=lighthouses")
        running = ask(server, "lighthouses", 50)
        seen = terminal.wait_for("chat", "complete")
        assert "upon lighthouses" not in seen, "the span is on the screen before it has ended"
        httpx.get(server + "/release?question=lighthouses")
        running.join()
        for thread in [ask(server, "slow one", 700), ask(server, "slow two", 650)]:
            thread.join()
        ask(server, "quick one", 20).join()  # the newest: its trace is open when the filter takes it away
        terminal.wait_for("slow one", "quick one", "slow two")

        terminal.keys("/")
        terminal.text("llm.ttft_ms > 500")
        terminal.wait_for("llm.ttft_ms > 500", "2 of 5")
        terminal.keys("Enter")
        terminal.wait_for("slow one", "slow two", without=("quick one", "lighthouses"))

        terminal.keys("e")
        wait_until(lambda: list(project.glob("trace-*.json")), "the exported file")
        (exported,) = project.glob("trace-*.json")
        document = json.loads(exported.read_text())
        names = {span["name"] for span in document["spans"]}
        assert names == {"chat", "retrieve", "complete"}
        completion = next(span for span in document["spans"] if span["name"] == "complete")
        assert completion["attributes"]["llm.ttft_ms"] > 500
        assert completion["outputs"].startswith("Once upon slow")

        terminal.keys("q")
        terminal.wait_for("exit=0")
    finally:
        terminal.close()


def test_explorer_waits_for_a_file_that_is_not_there_yet(project: Path, tmp_path: Path) -> None:
    """`tracetui` may be started first; the first trace appears when the first server writes it."""
    require_tmux()
    terminal = Terminal(tmp_path / "tmux", str(TRACETUI), project)
    try:
        terminal.wait_for("traces.db")
        program = "from tracetui.tracer import trace; trace(len, name='first sign of life')('abc')"
        environment = {key: value for key, value in os.environ.items() if key != "TRACETUI_DB"}
        subprocess.run([sys.executable, "-c", program], cwd=project, env=environment, check=True)
        terminal.wait_for("first sign of life")
        terminal.resize(80, 24)
        terminal.wait_for("first sign of life")
        terminal.resize(20, 5)
        terminal.keys("q")
        terminal.resize(100, 30)
        terminal.wait_for("exit=0")
    finally:
        terminal.close()
