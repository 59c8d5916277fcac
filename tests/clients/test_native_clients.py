"""Clients that trace themselves by the OpenTelemetry API, recorded in their own process without an instrumentor."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent

FASTMCP = """
import asyncio
from tracetui import tracer
tracer.autolog("httpx")
from fastmcp import Client, FastMCP

server = FastMCP("tools")

@tracer.trace
def work(a, b):
    return a + b

@server.tool
def add(a: int, b: int) -> int:
    return work(a, b)

async def main():
    async with Client(server) as client:
        assert (await client.call_tool("add", {"a": 1, "b": 2})).data == 3

with tracer.start_span("agent"):
    asyncio.run(main())
tracer.flush()
"""

ANTHROPIC = """
from tracetui import tracer
tracer.autolog("httpx")
import anthropic
from tests.clients.wire import serving

asked = {"model": "claude", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}
with serving() as wire:
    client = anthropic.Anthropic(base_url=wire.url, api_key="none")
    with tracer.start_span("agent"):
        client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            stream.get_final_message()
tracer.flush()
"""


def recorded(tmp_path: Path, program: str) -> list[dict[str, Any]]:
    """The spans that the program records, with the name of the parent."""
    db = tmp_path / "traces.db"
    environment = {**os.environ, "TRACETUI_DB": str(db), "TRACETUI_STRICT": "", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM spans ORDER BY start_ns")]
    names = {row["span_id"]: row["name"] for row in rows}
    return [{**row, "parent": names.get(row["parent_id"])} for row in rows]


def test_fastmcp_traces_itself_into_the_file(tmp_path: Path) -> None:
    """The caller's span, the tool's on the server and `@trace` inside are one tree, and all have ended."""
    pytest.importorskip("fastmcp")
    spans = recorded(tmp_path, FASTMCP)
    parents = {span["name"]: span["parent"] for span in spans}
    assert parents["agent"] is None
    assert parents["work"] == "tools/call add"
    assert parents["MCP send tools/call add"] == "tools/call add"
    assert len({span["trace_id"] for span in spans}) == 1
    assert all(span["end_ns"] for span in spans)


def test_anthropics_client_traces_itself_into_the_file(tmp_path: Path) -> None:
    """Each call is one span with its model and tokens, streamed or not."""
    tracing = pytest.importorskip("anthropic._tracing")
    assert tracing.INSTRUMENTATION_SCOPE == "com.anthropic.sdk.python"
    agent, *calls = recorded(tmp_path, ANTHROPIC)
    assert agent["name"] == "agent"
    assert [(call["parent"], call["kind"], call["model"], call["output_tokens"]) for call in calls] == [
        ("agent", "LLM", "claude", 7)
    ] * 2
