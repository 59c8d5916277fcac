"""The trace file that the tracer of this process writes, queried through its documented views."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracetui import tracer

READ: dict[str | None, Callable[[Any], Any]] = {"json": json.loads, "bool": bool, None: lambda value: value}
"""The functions that read the value of an attribute, by its `type`."""


class Recorded:
    """Queries on the trace file of this process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of a query, after everything recorded so far is in the file."""
        assert tracer.flush() or tracer.flush(), "the writer did not finish in time"  # False: spans were lost since
        connection = sqlite3.connect(self.path)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, parameters)]
        finally:
            connection.close()

    def spans(self) -> list[dict[str, Any]]:
        """Return every span in order of arrival, with its attributes and events."""
        spans = self.rows("SELECT * FROM spans")
        for span in spans:
            span["inputs"] = span["inputs"] and json.loads(span["inputs"])
            span["outputs"] = span["outputs"] and json.loads(span["outputs"])
            span["attributes"] = {
                row["key"]: READ[row["type"]](row["value"])
                for row in self.rows("SELECT key, value, type FROM attributes WHERE span_id = ?", span["span_id"])
            }
            stored = self.rows(
                "SELECT whole_events AS events FROM payload_texts y JOIN span s ON s.id = y.span"
                " WHERE printf('%016x', s.span_id) = ?",
                span["span_id"],
            )
            span["events"] = json.loads(stored[0]["events"] or "[]") if stored else []
        return spans

    def span(self, name: str) -> dict[str, Any]:
        """Return the span of that name; there is exactly one."""
        (found,) = [span for span in self.spans() if span["name"] == name]
        return found

    def traces(self) -> list[dict[str, Any]]:
        """Return every trace in order of arrival."""
        return self.rows("SELECT * FROM traces")
