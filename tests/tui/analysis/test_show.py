"""`tracetui show`: one trace as text."""

from __future__ import annotations

import json
import re

from rich.cells import cell_len

from tests.support.builders import TraceFile
from tests.support.terminal import in_terminal
from tests.tui.conftest import Run


def slow_answer(file: TraceFile) -> str:
    """A trace with a failed search and a stream; returns its id."""
    trace = file.trace("POST /chat")
    root = trace.span("POST /chat", kind="CHAIN", end_ms=1_000)
    trace.span("search \x1b[2J", parent=root, kind="TOOL", end_ms=500, status="ERROR")
    trace.span(
        "chat", parent=root, kind="LLM", start_ms=500, end_ms=1_000, input_tokens=410, output_tokens=31, ttft_ms=250.0
    )
    return trace.hex_id


def test_show_draws_the_tree_with_its_bars(file: TraceFile, run: Run) -> None:
    """Each span with its status, tokens, time to first token, duration, and when it ran."""
    slow_answer(file)
    out = run("show", "last").out
    root, search, chat = out.splitlines()[-3:]
    assert root.startswith("✓ POST /chat ")
    assert search.startswith("├─✗ search ␛[2J ")
    assert chat.split()[:6] == ["└─✓", "chat", "410→31", "250", "ms", "500"]
    assert root.count("━") in (2 * search.count("━"), 2 * search.count("━") + 1)
    assert re.search("─+[╼━]━+$", chat)  # thin until the first token
    assert "\x1b" not in out


def test_show_fits_into_the_terminal(file: TraceFile) -> None:
    """Whatever the width is, no line is broken."""
    slow_answer(file)
    for columns in (60, 80, 200):
        shown = in_terminal(["show", "last", "--db", str(file.path)], columns, NO_COLOR="1")
        tree = shown[shown.index("\n\n") :].splitlines()
        assert len(tree) == 6
        assert max(map(cell_len, tree)) <= columns


def test_show_prints_the_document_as_json(file: TraceFile, run: Run) -> None:
    """The same as `tracetui export`."""
    trace_id = slow_answer(file)
    document = json.loads(run("show", trace_id, "--json").out)
    assert document["trace"]["trace_id"] == trace_id
    assert len(document["spans"]) == 3


def test_show_of_nothing_says_where_to_look(file: TraceFile, run: Run) -> None:
    """And exits with 1."""
    ran = run("show", "ffff")
    assert (ran.code, ran.out) == (1, "")
    assert "tracetui ls" in ran.err


def test_show_tells_one_span(file: TraceFile, run: Run) -> None:
    """By its name or the digits of its id; as Markdown, or as JSON."""
    trace = file.trace("POST /chat")
    root = trace.span("POST /chat", end_ms=100)
    search = trace.span("search", parent=root, inputs={"query": "ttft \x1b[2J"}, attributes={"k": 5})
    out = run("show", "last", "--span", "search").out
    assert "ttft" in out
    assert "- k: 5" in out
    assert "\x1b" not in out
    assert run("show", "last", "--span", f"{search.span_id:016x}").out == out
    assert json.loads(run("show", "last", "--span", "search", "--json").out)["inputs"] == {"query": "ttft \x1b[2J"}


def test_show_asks_which_of_several_spans_is_meant(file: TraceFile, run: Run) -> None:
    """With their ids, one of which can be pasted."""
    trace = file.trace("POST /chat")
    searches = [trace.span("search") for _ in range(2)]
    ran = run("show", "last", "--span", "search")
    assert (ran.code, ran.out) == (1, "")
    assert all(f"{search.span_id:016x}  search" in ran.err for search in searches)
    assert "no span of the trace" in run("show", "last", "--span", "nothing").err


def test_show_tells_the_whole_trace_within_a_budget(file: TraceFile, run: Run) -> None:
    """As Markdown, for a person or a model."""
    trace = file.trace("POST /chat")
    root = trace.span("POST /chat", inputs="why? " * 2_000)
    trace.span("search", parent=root, outputs="because " * 2_000)
    whole, short = (run("show", "last", *options).out for options in (["--full"], ["--full", "--tokens", "500"]))
    assert whole.startswith("# ")
    assert "because because" in whole
    assert len(short) < 4_000 < len(whole)
