"""A trace file made by SQL alone, so that the filter is tested against the layout and not against the writer."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.store.filter import reference
from tracetui.store.file import schema
from tracetui.store.filter import compile_query, parse, register
from tracetui.store.filter.sql.group_plan import group_plan
from tracetui.store.read.groups import GroupAggregation, Groups
from tracetui.store.read.search import search

NOW_NS = 1_800_000_000_000_000_000
"""The moment every test asks its questions at."""


class TraceFile:
    """Builds traces row by row and answers filters over them."""

    def __init__(self, path: Path | str) -> None:
        self.connection = schema.open_for_writing(Path(path))
        register(self.connection)
        self.keys: dict[str, int] = {}
        self.gone: frozenset[int] = frozenset()
        self.last_trace = 0
        self.last_span = 0
        self.last_assessment = 0
        self.process(1)

    def process(self, id: int, **columns: Any) -> int:
        """One process row."""
        row = {"pid": 100 + id, "host": "laptop", "service": "chat", "command": "app.py", "python": "3.11"} | columns
        row |= {"id": id, "started_ns": 0, "heartbeat_ns": 0, "rev": 1}
        self.insert("process", row)
        return id

    def trace(self, *spans: dict[str, Any], **columns: Any) -> int:
        """One trace with these spans; the first is the root unless it says otherwise."""
        self.last_trace += 1
        trace = self.last_trace
        rows = [self.span_row(trace, index, dict(span)) for index, span in enumerate(spans)]
        root = rows[0] if rows else {}
        row = {
            "id": trace,
            "trace_id": trace.to_bytes(16, "big"),
            "process": 1,
            "root": root.get("id"),
            "name": root.get("name", "trace"),
            "kind": root.get("kind", "CHAIN"),
            "start_ns": min((r["start_ns"] for r in rows), default=NOW_NS),
            "end_ns": None
            if any(r["end_ns"] is None for r in rows)
            else max((r["end_ns"] for r in rows), default=None),
            "status": root.get("status"),
            "span_count": len(rows),
            "open_count": sum(r["end_ns"] is None for r in rows),
            "error_count": sum(r["status"] == "ERROR" for r in rows),
            "rev": trace,
        } | columns
        for name in ("tags", "metadata"):
            if isinstance(row.get(name), dict):
                row[name] = json.dumps(row[name])
        self.insert("trace", row)
        for span in rows:
            self.insert("span", span)
        return trace

    def span_row(self, trace: int, index: int, span: dict[str, Any]) -> dict[str, Any]:
        """Insert the payload and the attributes of a span; returns the columns of its row."""
        self.last_span += 1
        id = span.get("id", self.last_span)
        attributes = span.pop("attributes", {})
        payload = {name: span.pop(name, None) for name in ("inputs", "outputs", "events")}
        duration_ms = span.pop("duration_ms", 100)
        start_ns = span.setdefault("start_ns", NOW_NS - 3_600_000_000_000)
        row = {
            "id": id,
            "trace": trace,
            "process": 1,
            "span_id": id,
            "parent_id": None if index == 0 else self.last_span - index,
            "name": f"span-{id}",
            "kind": "CHAIN",
            "end_ns": None if duration_ms is None else start_ns + int(duration_ms * 1e6),
            "status": None if duration_ms is None else "OK",
            "rev": id,
            "attr_keys": json.dumps([self.key(name) for name in attributes]) if attributes else None,
        } | span
        if any(value is not None for value in payload.values()):
            texts = {
                name: None if value is None else json.dumps(value, ensure_ascii=False)
                for name, value in payload.items()
            }
            self.insert("payload", {"span": id} | texts)
        for name, value in attributes.items():
            kind = None
            if isinstance(value, bool):
                value, kind = int(value), "bool"
            elif isinstance(value, (list, dict)) or value is None:
                value, kind = json.dumps(value, ensure_ascii=False), "json"
            self.insert("attr", {"key": self.key(name), "span": id, "value": value, "type": kind})
            self.connection.execute("UPDATE attr_key SET span_count = span_count + 1 WHERE id = ?", (self.key(name),))
        return row

    def assess(
        self, trace: int, kind: str, name: str, value: Any, *, valid: bool = True, metadata: str | None = None
    ) -> None:
        """One assessment of a trace."""
        self.last_assessment += 1
        row = {"assessment_id": f"a-{self.last_assessment}", "trace": trace, "kind": kind, "name": name}
        row |= {"value": int(value) if isinstance(value, bool) else value, "valid": valid, "source_type": "HUMAN"}
        row["metadata"] = metadata
        row |= {"type": "bool" if isinstance(value, bool) else None, "created_ns": 0, "updated_ns": 0, "rev": 1}
        self.insert("assessment", row)

    def key(self, name: str) -> int:
        """The id of an attribute's name."""
        if name not in self.keys:
            self.keys[name] = len(self.keys) + 1
            self.insert("attr_key", {"id": self.keys[name], "name": name, "span_count": 0})
        return self.keys[name]

    def insert(self, table: str, row: dict[str, Any]) -> None:
        """Insert a row as it is."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))

    def plan(self, text: str) -> Any:
        """The plan of a filter on this file."""
        return compile_query(parse(text), keys=self.keys, now_ns=NOW_NS, gone=self.gone)

    def matches(self, text: str, **options: Any) -> list[int]:
        """The traces that match, newest first, by going through the file."""
        return [trace for batch in search(self.connection, self.plan(text), **options) for trace in batch]

    def groups(self, text: str) -> Groups:
        """The groups of a filter with by(), added up in the slices that a search takes."""
        plan = group_plan(parse(text), keys=self.keys, now_ns=NOW_NS, gone=self.gone)
        grouping = GroupAggregation(self.connection, plan)
        for _ in grouping.steps():
            pass
        return grouping.groups()

    def among(self, text: str, traces: Sequence[int] | None = None) -> list[int]:
        """The same question about given traces, ascending."""
        sql, parameters = self.plan(text).among(traces or array("q", range(1, self.last_trace + 1)))
        return [trace for (trace,) in self.connection.execute(sql, parameters)]

    def spans(self, text: str, trace: int) -> list[int]:
        """The matching spans of one trace."""
        sql, parameters = self.plan(text).in_trace(trace)
        return [span for (span,) in self.connection.execute(sql, parameters)]


@pytest.fixture
def trace_file(tmp_path: Path) -> Iterator[TraceFile]:
    """An empty trace file."""
    made = TraceFile(tmp_path / "traces.db")
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def filled(shared_trace_file: TraceFile) -> TraceFile:
    """The random traces of `reference`; every second one knows its totals."""
    for number, trace in enumerate(reference.TRACES):
        spans = trace["spans"]
        totals: dict[str, Any] = {}
        if number % 2:
            totals = {
                **reference.usage(spans, spans),
                "calls_without_price": reference.calls_without_price(spans, spans),
            }
        shared_trace_file.trace(*trace["spans"], session_id=trace["session_id"], tags=trace["tags"], **totals)
    return shared_trace_file


@pytest.fixture(scope="module")
def shared_trace_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceFile]:
    """A trace file that the tests of one module read."""
    made = TraceFile(tmp_path_factory.mktemp("filter") / "traces.db")
    yield made
    made.connection.close()
