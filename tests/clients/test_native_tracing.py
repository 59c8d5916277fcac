"""Libraries that trace themselves by the OpenTelemetry API, recorded under `autolog` where no provider is set."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi.telemetry", reason="an older FastAPI does not trace itself")

PROGRAM = """
import warnings
warnings.simplefilter("ignore")
from tracetui import tracer
tracer.autolog("httpx")  # no instrumentor of FastAPI
from opentelemetry import trace
{before}
import fastapi
from fastapi.testclient import TestClient

app = fastapi.FastAPI()

@tracer.trace
def work():
    return 1

@app.get("/answer")
async def answer():
    return {{"answer": work()}}

assert TestClient(app).get("/answer").json() == {{"answer": 1}}
{after}
tracer.flush()
"""


def spans_of(tmp_path: Path, before: str = "", after: str = "") -> dict[str, str | None]:
    """The name of the parent of each span that the program records."""
    db = tmp_path / "traces.db"
    program = PROGRAM.format(before=before, after=after)
    environment = {**os.environ, "TRACETUI_DB": str(db), "TRACETUI_STRICT": ""}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)
    with closing(sqlite3.connect(db)) as connection:
        rows = connection.execute("SELECT name, span_id, parent_id FROM spans").fetchall()
    names = {span_id: name for name, span_id, _ in rows}
    return {name: names.get(parent) for name, _, parent in rows}


def test_fastapi_traces_itself_into_the_file(tmp_path: Path) -> None:
    """In one tree with `@trace`, though no provider was set."""
    tree = spans_of(tmp_path)
    assert tree["work"] == "fastapi.endpoint"
    assert tree["fastapi.endpoint"] == "GET /answer"


def test_a_provider_that_is_set_later_is_asked_then(tmp_path: Path) -> None:
    """The program's own provider is not refused, and its spans are in the file too."""
    before = (
        "assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter\n"
        "memory = InMemorySpanExporter(); provider = TracerProvider()\n"
        "provider.add_span_processor(SimpleSpanProcessor(memory)); trace.set_tracer_provider(provider)\n"
    )
    names = tmp_path / "names.json"
    after = f"import json; open({str(names)!r}, 'w').write(json.dumps([s.name for s in memory.get_finished_spans()]))"
    tree = spans_of(tmp_path, before, after)
    assert tree["work"] == "fastapi.endpoint"
    exported = json.loads(names.read_text())
    assert "GET /answer" in exported
    assert "work" not in exported
