"""The formats that the explorer exports in, and the names of the files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from ...store.file.private_file import write_atomically
from ...store.model.rows import TraceRow
from ...store.read.export import write_trace
from ...store.read.reader import Reader
from ..commands.export import encoded
from ..commands.export_formats import FORMATS as DOCUMENTS
from ..commands.export_formats import Write


class ExportFormat(NamedTuple):
    """A format of many traces in one file; without `write`, one document for each trace."""

    letter: str
    label: str
    suffix: str
    write: Write | None


FORMATS = {
    "json": ExportFormat("d", "JSON, complete: a document for each trace", ".json", None),
    **{
        name: ExportFormat(letter, label, suffix, DOCUMENTS[name])
        for name, letter, label, suffix in (
            ("jsonl", "j", "JSON Lines: one trace in each line", ".jsonl"),
            ("otlp", "o", "OpenTelemetry: OTLP as JSON", ".otlp.jsonl"),
            ("otlp-protobuf", "b", "OpenTelemetry: OTLP in protobuf", ".otlp.pb"),
            ("perfetto", "p", "Perfetto: for ui.perfetto.dev", ".perfetto.json"),
            ("mlflow", "l", "MLflow: one trace in each line", ".mlflow.jsonl"),
            ("csv", "c", "CSV: a table of spans", ".csv"),
            ("markdown", "m", "Markdown: to read", ".md"),
        )
    },
}
"""By name, in the order of the menu."""


def one_document(reader: Reader, trace: TraceRow, folder: Path, now_ns: int) -> Path:
    """Write the whole document of a trace to `trace-<first digits of its id>.json`; an existing file is kept."""
    return _first_free(
        folder,
        name_of(trace),
        ".json",
        lambda path: write_trace(reader, trace.id, path, now_ns=now_ns),
    )


def one_file(
    reader: Reader, traces: Iterable[TraceRow], name: str, format: ExportFormat, folder: Path, now_ns: int
) -> Path:
    """Write traces to one file; an existing file is kept."""
    assert format.write is not None
    write = format.write

    def written(path: Path) -> None:
        write_atomically(path, map(encoded, write(reader, traces, now_ns)))

    return _first_free(folder, name, format.suffix, written)


def new_folder(parent: Path, name: str) -> Path:
    """Make a folder that only its owner can read."""
    return _first_free(parent, name, "", lambda path: path.mkdir(0o700))


def name_of(trace: TraceRow) -> str:
    """Returns the name of a trace's file, without its end."""
    return f"trace-{trace.trace_id.hex()[:12]}"


def _first_free(folder: Path, name: str, suffix: str, make: Callable[[Path], object]) -> Path:
    for number in count(1):
        path = folder / f"{name}{'' if number == 1 else f'-{number}'}{suffix}"
        if os.path.lexists(path):
            continue  # before anything is read for it
        try:
            make(path)
        except FileExistsError:
            continue
        return path
    raise AssertionError("unreachable")
