"""A real MCP client over stdio reads the trace file, and no reply is longer than its budget."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import TraceFile
from tracetui.store.outline.budget import token_count
from tracetui.tui.doors.command_runner import cut

pytest.importorskip("mcp", reason="the extra mcp-server")

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace file with thirty traces, one of which failed."""
    file = TraceFile(tmp_path_factory.mktemp("mcp") / "traces.db")
    for number in range(30):
        trace = file.trace(f"request {number}", start_ms=number)
        root = trace.span("POST /chat", status="ERROR" if number == 7 else "OK", inputs={"q": "why? " * 200})
        trace.span("chat gpt", parent=root, kind="LLM", outputs="because " * 200)
    file.close()
    return file.path


@asynccontextmanager
async def client(db: Path) -> AsyncIterator[ClientSession]:
    """A session with the server."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "tracetui.tui", "mcp", "--db", str(db)])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def reply(session: ClientSession, tool: str, **arguments: Any) -> str:
    """The text that a tool returns."""
    result = await session.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return "".join(part.text for part in result.content if part.type == "text")


async def test_six_tools_read_the_file(db: Path) -> None:
    """What each returns is what the command prints."""
    async with client(db) as session:
        tools = (await session.list_tools()).tools
        assert sorted(tool.name for tool in tools) == ["overview", "search", "show", "sql", "wait", "why"]
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        assert "POST /chat" in await reply(session, "show", trace_id="last")
        found = await reply(session, "search", filter="is:error")
        assert "request 7" in found
        assert "request 8" not in found
        assert "30" in await reply(session, "sql", query="SELECT count(*) FROM traces")
        assert "because" in await reply(session, "show", trace_id="last", full=True)
        assert "no trace ended within" in await reply(session, "wait", timeout_s=0.05, since_s=0)
        assert "is malformed" in (bad := await reply(session, "search", filter="status =")) or "expected" in bad


async def test_a_reply_says_what_was_cut(db: Path) -> None:
    """Never silently, never longer than asked for by much."""
    async with client(db) as session:
        text = await reply(session, "search", limit=30, tokens=200)
        assert "[cut: about" in text
        assert "lower the limit" in text
        assert token_count(text) < 300


async def test_nothing_can_be_written(db: Path) -> None:
    """SQL is read-only."""
    async with client(db) as session:
        assert "read-only" in await reply(session, "sql", query="DELETE FROM trace")


def test_a_long_line_is_cut_within_itself() -> None:
    """The first line is shown in part rather than nothing."""
    text = cut("x" * 10_000, 100, "ask for more")
    assert text.startswith("x" * 400)
    assert text.endswith("[cut: about 101 of 2,500 tokens are shown; ask for more]\n")
