"""`tracetui dataset`: golden sets, as JSON lines that evaluation tools read."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from ...store.file.private_file import write_atomically
from ...store.filter import parse
from ...store.model.rows import TraceRow
from ...store.model.span_ids import span_hex
from ...store.model.status import trace_status
from ...store.read.reader import Reader
from ...store.read.trace_document import to_json
from ...store.text import json_text
from ..commands.ls import explained, matching
from ..errors import USAGE, CommandError, say
from ..file_argument import opened


def dataset(db: Path | None, filter_text: str, *, target: str, limit: int, replace: bool) -> int:
    """Write a line for each trace that matches; returns the exit code, 1 for none. Raises CommandError."""
    with explained(filter_text), opened(db) as reader:
        query = parse(filter_text)
        if query.by is not None:
            raise CommandError("a dataset is of traces, not of groups: leave `| by(...)` out of the filter", USAGE)
        now_ns = time.time_ns()
        gone = reader.gone_processes(now_ns)
        rows = list(matching(reader, query, limit, now_ns, gone, utc=False))
        lines = (to_json(_line(reader, row, gone)) + "\n" for row in rows)
        if target == "-":
            sys.stdout.writelines(lines)
        else:
            try:
                write_atomically(Path(target), (line.encode() for line in lines), replace=replace)
            except FileExistsError:
                raise CommandError(f"{target} exists already: give --force to replace it, or another name") from None
            except OSError as error:
                raise CommandError(f"cannot write {target}: {error.strerror or error}") from None
    say(f"{len(rows):,} trace{'s' * (len(rows) != 1)}" + ("" if target == "-" else f" in {target}"))
    return 0 if rows else 1


def _line(reader: Reader, row: TraceRow, gone: frozenset[int]) -> dict[str, Any]:
    """Return inputs and outputs of the root, expectations and feedback by name, and ids."""
    detail = None if row.root is None else reader.detail(row.root)
    labels = reader.labels(row.id)
    assessments = [one for one in reader.assessments(row.id) if one.valid]
    return {
        "trace_id": row.trace_id.hex(),
        "name": row.name,
        "status": trace_status(row, gone),
        "inputs": _value(detail.inputs if detail else None),
        "outputs": _value(detail.outputs if detail else None),
        "expectations": {one.name: one.value for one in assessments if one.kind == "expectation"},
        "feedback": [
            {
                "name": one.name,
                "value": one.value,
                "source": one.source_id or one.source_type,
                "rationale": one.rationale,
                "span_id": None if one.span_id is None else span_hex(one.span_id),
            }
            for one in assessments
            if one.kind == "feedback"
        ],
        "session_id": row.session_id,
        "tags": labels.tags if labels else {},
    }


def _value(stored: str | None) -> Any:
    return None if stored is None else json_text.decode_or_text(stored)
