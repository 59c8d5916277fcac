"""Beside each telemetry, however both are started: it exports what it exports alone, and the file has the whole tree.

The tests run where the extra `telemetry` is installed; a telemetry that is not installed is skipped.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

from tests.telemetry.program import (
    AFTER_US,
    ALONE,
    ALONE_SAMPLED_OUT,
    BEFORE_US,
    BY_HAND,
    CALLER,
    FORKED,
    ON_OURS,
    RUN,
    SAMPLED_OUT,
)
from tests.telemetry.vendors import VENDORS
from tracetui.store.model.rows import MODEL_CALLS

ROOT = Path(__file__).parent.parent.parent
AT_ONCE = 2
"""Child processes; a machine that runs the tests has two processors."""

Ran = Callable[[str, str], Path]


def is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True


def every(*ways: str) -> list[Any]:
    """Each installed telemetry in each way."""
    return [
        pytest.param(name, way, id=f"{name}-{way.replace(' ', '_')}", marks=_needs(name))
        for name in VENDORS
        for way in ways
    ]


def on_ours() -> list[Any]:
    """Each telemetry that records with the provider that it finds."""
    return [case for case in every(ON_OURS) if case.values[0] in ("sdk", "langfuse", "traceloop")]


def _needs(name: str) -> pytest.MarkDecorator:
    kind: Any = VENDORS[name]
    needed = [
        "openai",
        "opentelemetry-instrumentation-httpx",
        "openinference-instrumentation-openai",
        kind.distribution,
    ]
    missing = [distribution for distribution in needed if not is_installed(distribution)]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Any:
    """Runs the programs of all telemetries that the chosen tests look at; gives the folder of one."""
    chosen = {
        item.callspec.params["vendor"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "ran" in item.fixturenames
    }
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started: dict[tuple[str, str], Future[str]] = {}
        folders = {name: tmp_path_factory.mktemp(name) for name in VENDORS if name in chosen}
        for name, folder in folders.items():
            program = ["-m", "tests.telemetry.program", name, str(folder)]
            started[name, ALONE] = pool.submit(_run, folder, [*program, *FORKED])
            recorded = ["-m", "tracetui.tui", "run", "-l", "openai", "--db", str(folder / f"{RUN}.db"), "--"]
            started[name, RUN] = pool.submit(_run, folder, [*recorded, sys.executable, *program, RUN])

        def folder_of(name: str, way: str) -> Path:
            said = started[name, RUN if way == RUN else ALONE].result()
            assert (folders[name] / f"{way}.json").exists(), said
            return folders[name]

        yield folder_of


def _run(folder: Path, arguments: list[str]) -> str:
    """What the program says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TRACETUI_"))}
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT), "TRACETUI_STRICT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ran.stdout + ran.stderr


def exported(folder: Path, way: str) -> list[Any]:
    """What the telemetry sent: each span with the chain of names above it, without ids; the number of traces."""
    spans = json.loads((folder / f"{way}.json").read_text())["spans"]
    traces = sorted(Counter(span["trace"] for span in spans).values())
    return [traces, *sorted(json.dumps(_placed(span, spans), sort_keys=True) for span in spans)]


def _placed(span: dict[str, Any], spans: list[dict[str, Any]]) -> dict[str, Any]:
    by_id = {other["id"]: other for other in spans}
    above = []
    parent = span["parent"]
    while parent:
        found = by_id.get(parent, {"name": "MISSING", "parent": None})
        above.append(found["name"])
        parent = found["parent"]
    return {**span, "id": None, "parent": above, "trace": None}


def recorded(folder: Path, way: str) -> list[dict[str, Any]]:
    """The spans in the trace file in order of their start."""
    connection = sqlite3.connect(folder / f"{way}.db")
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM spans ORDER BY start_ns, span_id")]
    finally:
        connection.close()


def paths(spans: list[dict[str, Any]]) -> list[str]:
    """Each span as the names from the root down to it; the call of the model as "call", whoever recorded it."""
    by_id = {span["span_id"]: span for span in spans}

    def path(span: dict[str, Any] | None) -> str:
        if span is None:
            return "MISSING"
        name = "call" if span["input_tokens"] is not None and span["kind"] in MODEL_CALLS else span["name"]
        return name if span["parent_id"] is None else f"{path(by_id.get(span['parent_id']))} > {name}"

    return sorted(path(span) for span in spans)


_JOB = ("job", "job > step", "job > step > ask", "job > step > ask > call", "job > step > ask > POST")
_BELOW = ("", *(f" > {path}" for path in _JOB))
OF_THE_CALLER = [f"MISSING > handler{path}" for path in _BELOW]
WHOLE = [*(f"request{path}" for path in _BELOW), *OF_THE_CALLER, *_JOB]
"""What the program does: its three traces, as `paths` shows them."""


def sent(folder: Path, way: str) -> list[dict[str, Any]]:
    """The headers of each request, with what they name in place of ids."""
    document = json.loads((folder / f"{way}.json").read_text())
    names = {(span["trace"], span["id"]): span["name"] for span in document["spans"]}
    return [
        {**headers, **_named(headers["traceparent"], names), "baggage": _without_ids(headers["baggage"])}
        for headers in document["headers"]
    ]


def _without_ids(baggage: str | None) -> str | None:
    """Langfuse sends the id of its trace, one in each run."""
    return baggage and re.sub(f"(?!{CALLER})[0-9a-f]{{32}}", "its own", baggage)


def _named(traceparent: str | None, names: dict[tuple[int, int], str]) -> dict[str, Any]:
    if traceparent is None:
        return {}
    _, trace, span, flags = traceparent.split("-")
    of = CALLER if trace == CALLER else "its own"
    return {"traceparent": (of, names.get((int(trace, 16), int(span, 16)), "not exported"), flags)}


@pytest.mark.parametrize(("vendor", "way"), every(BEFORE_US, AFTER_US, BY_HAND, RUN))
def test_the_telemetry_exports_what_it_exports_alone(ran: Ran, vendor: str, way: str) -> None:
    """The same spans in the same trees and traces, with the same names of attributes."""
    ran(vendor, ALONE)
    folder = ran(vendor, way)
    assert exported(folder, way) == exported(folder, ALONE)


_LOGFIRE_CALL = "Chat Completion with [^>]*"
_DROPPED_CALLS = {
    "langfuse": "OpenAI-generation",
    "logfire": _LOGFIRE_CALL,
    "logfire_of_one_client": _LOGFIRE_CALL,
}
"""The vendors whose dropped calls may stand in the file without tokens, and how they name a call."""


@pytest.mark.parametrize(("vendor", "way"), [*every(BEFORE_US, AFTER_US, BY_HAND, RUN, SAMPLED_OUT), *on_ours()])
def test_the_file_has_the_whole_tree(ran: Ran, vendor: str, way: str) -> None:
    """Spans of the telemetry, of `@trace` and of the client's call, once each."""
    spans = recorded(ran(vendor, way), way)
    missing: list[str] = []
    if vendor == "sdk" and way in (BY_HAND, ON_OURS):
        missing = [path for path in WHOLE if path.endswith("call")]  # nobody records the client
    if vendor == "mlflow" and way == BY_HAND:
        missing = [path for path in WHOLE if path.endswith("POST")]  # httpx's instrumentor has no provider
    if vendor == "mlflow" and way == SAMPLED_OUT:
        missing = OF_THE_CALLER  # whose flag counts, for no other provider answers to it
    found = paths(spans)
    if way == SAMPLED_OUT and (name := _DROPPED_CALLS.get(vendor)) is not None:
        found = sorted(re.sub(f" > {name}$", " > call", path) for path in found)
    assert found == sorted(path for path in WHOLE if path not in missing)


@pytest.mark.parametrize(("vendor", "way"), every(BEFORE_US, AFTER_US, BY_HAND, RUN, SAMPLED_OUT))
def test_the_headers_that_go_out_are_those_of_the_telemetry(ran: Ran, vendor: str, way: str) -> None:
    """`traceparent`, `tracestate` and `baggage` of each request name what they name alone.

    MLflow's provider is none that the OpenTelemetry API has: httpx's instrumentor sends ours where it has no other.
    """
    folder = ran(vendor, way)
    found, alone = sent(folder, way), sent(ran(vendor, ALONE), ALONE_SAMPLED_OUT if way == SAMPLED_OUT else ALONE)
    if vendor == "mlflow":
        in_file = {span["span_id"] for span in recorded(folder, way)}
        requests = json.loads((folder / f"{way}.json").read_text())["headers"]
        of_httpx = [request["traceparent"] for request in requests[1::2]]
        if way == SAMPLED_OUT:
            of_httpx.pop(1)  # the caller's, unchanged
        assert {header.split("-")[2] for header in of_httpx} <= in_file
        found, alone = found[::2], alone[::2]
    assert found == alone


@pytest.mark.parametrize(("vendor", "way"), every(SAMPLED_OUT))
def test_what_the_telemetry_samples_out_it_does_not_export(ran: Ran, vendor: str, way: str) -> None:
    """Its sampler decides about its exporter alone."""
    assert exported(ran(vendor, way), way) == [[]]


@pytest.mark.parametrize(("vendor", "way"), on_ours())
def test_a_telemetry_on_our_provider_exports_the_tree_of_the_file(ran: Ran, vendor: str, way: str) -> None:
    """Langfuse and Traceloop start on it as on the SDK's; spans of `@trace` go to their exporters too."""
    folder = ran(vendor, way)
    rows = recorded(folder, way)
    names = {row["span_id"]: row["name"] for row in rows}
    sent = json.loads((folder / f"{way}.json").read_text())["spans"]
    sent_names = {span["id"]: span["name"] for span in sent}
    assert sorted((span["name"], sent_names.get(span["parent"], "")) for span in sent) == sorted(
        (row["name"], names.get(row["parent_id"], "")) for row in rows
    )
