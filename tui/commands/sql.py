"""`tracetui sql`: a read-only query on the documented views."""

from __future__ import annotations

import csv
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ...store.file.errors import explain, is_file_error
from ...store.model import decoding
from ...store.read.trace_document import to_json
from ...store.text.safe_text import safe_line
from ..errors import CommandError
from ..file_argument import opened
from ..layout.columns import Column
from ..layout.text_table import TextTable

VIEWS = ("traces", "spans", "attributes", "events", "links", "attachments", "assessments", "processes")

_ROWS_MEASURED = 500
"""Rows that set the widths of the columns, so that the first row prints before the last is known."""
_WIDEST_CELLS = 60
_CELL_CHARS = 2_000
_STEPS_BETWEEN_SIGNALS = 20_000
"""Steps of SQLite, a few ms, after which Python handles a Ctrl-C."""


def sql(db: Path | None, query: str, *, as_json: bool, as_csv: bool) -> None:
    """Print the rows of the query as an aligned table, or as JSON or CSV with exact values."""
    from sqlite_utils import Database

    with opened(db) as reader:
        if not reader.ready:
            raise CommandError(f"{reader.path} has no tables yet: run a traced program, which creates them")
        reader.connection.text_factory = decoding.decode_text
        reader.connection.set_progress_handler(lambda: 0, _STEPS_BETWEEN_SIGNALS)
        try:
            _print(Database(reader.connection).query(query), as_json=as_json, as_csv=as_csv)
        except (sqlite3.Error, sqlite3.Warning, TypeError, ValueError) as error:
            if str(error) == "interrupted":
                raise KeyboardInterrupt from None
            if is_file_error(error):
                raise CommandError(explain(reader.path, error)) from None
            raise CommandError(_complaint(error)) from None


def _print(rows: Iterable[dict[str, Any]], *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        for row in rows:
            sys.stdout.write(to_json({name: _plain(value) for name, value in row.items()}) + "\n")
    elif as_csv:
        _print_csv(iter(rows))
    else:
        _print_table(iter(rows))


def _print_csv(rows: Iterator[dict[str, Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    shown = _shown_on_terminal if sys.stdout.isatty() else _plain
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow([shown(value) for value in row.values()])


def _print_table(rows: Iterator[dict[str, Any]]) -> None:
    first = list(islice(rows, _ROWS_MEASURED))
    if not first:
        return
    cells = [[_shown_on_terminal(value) for value in row.values()] for row in first]
    table = TextTable(
        [
            Column(safe_line(name), min(_WIDEST_CELLS, max(map(len, [name, *column]))), _is_number(first, name))
            for name, column in zip(first[0], zip(*cells, strict=True), strict=True)
        ]
    )
    for row in chain(cells, ([_shown_on_terminal(value) for value in row.values()] for row in rows)):
        table.add(row)


def _is_number(rows: list[dict[str, Any]], name: str) -> bool:
    return all(row[name] is None or isinstance(row[name], int | float) for row in rows)


def _plain(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    # Bytes are ids, printed in hex, or text with lone surrogates, which SQLite stores as bytes only.
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        with suppress(UnicodeDecodeError):
            return value.decode("utf-8", "surrogatepass")
    return value.hex()


def _shown_on_terminal(value: Any) -> str:
    return "" if value is None else safe_line(str(_plain(value)), max_chars=_CELL_CHARS)


def _complaint(error: Exception) -> str:
    message = str(error)
    if "readonly" in message or "read-only" in message or "not authorized" in message:
        return "the trace file is opened read-only: SELECT from " + ", ".join(VIEWS)
    if isinstance(error, sqlite3.Error):
        return f"SQL: {message} (the views are {', '.join(VIEWS)})"
    return "SQL: give one statement that returns rows: a SELECT from " + ", ".join(VIEWS)
