"""The trace file of the test's own tracer, asked through its documented views."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracetui import tracer

READ: dict[str | None, Callable[[Any], Any]] = {"json": json.loads, "bool": bool, None: lambda value: value}
"""How the value of an attribute is read, by its `type`."""


class Recorded:
    """A trace file that the tracer of this process writes to, asked through its documented views."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """The rows of a query, after all that was recorded is in the file."""
        assert tracer.flush() or tracer.flush(), "the writer did not finish in time"  # False: spans were lost since
        connection = sqlite3.connect(self.path)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, parameters)]
        finally:
            connection.close()

    def spans(self) -> list[dict[str, Any]]:
        """Every span in order of arrival, with its attributes and events."""
        spans = self.rows("SELECT * FROM spans")
        for span in spans:
            span["inputs"] = span["inputs"] and json.loads(span["inputs"])
            span["outputs"] = span["outputs"] and json.loads(span["outputs"])
            span["attributes"] = {
                row["key"]: READ[row["type"]](row["value"])
                for row in self.rows("SELECT key, value, type FROM attributes WHERE span_id = ?", span["span_id"])
            }
            stored = self.rows(
                "SELECT events FROM payload y JOIN span s ON s.id = y.span WHERE printf('%016x', s.span_id) = ?",
                span["span_id"],
            )
            span["events"] = json.loads(stored[0]["events"] or "[]") if stored else []
        return spans

    def span(self, name: str) -> dict[str, Any]:
        """The one span of that name."""
        (found,) = [span for span in self.spans() if span["name"] == name]
        return found

    def traces(self) -> list[dict[str, Any]]:
        """Every trace in order of arrival."""
        return self.rows("SELECT * FROM traces")
