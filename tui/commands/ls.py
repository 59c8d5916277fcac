"""`tracetui ls`: the newest traces, or those that match a filter, as lines for people or for programs."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...store.filter import FilterError, Query, parse
from ...store.filter.assist.suggestions import hints
from ...store.filter.values.patterns import PatternError
from ...store.model.rows import TraceRow
from ...store.model.status import trace_status
from ...store.read.reader import Reader
from ...store.read.search import find
from ...store.read.trace_document import to_json, trace_object
from ...store.text.safe_text import safe_line
from ..errors import USAGE, CommandError, say
from ..file_argument import opened
from ..layout.text_table import TextTable
from ..patient_regex import use_patient_regex
from .groups import print_groups
from .trace_line import TRACE_COLUMNS, trace_cells

DEFAULT_LIMIT = 20


def ls(db: Path | None, filter_text: str, *, limit: int | None, as_json: bool, utc: bool) -> None:
    """Print at most `limit` traces, newest first, or groups of them; 0 prints all."""
    with explained(filter_text), opened(db) as reader:
        query = parse(filter_text)
        now_ns = time.time_ns()
        if limit is None:
            limit = 0 if query.limit else DEFAULT_LIMIT
        if query.by is not None:
            print_groups(reader, query, limit=limit, as_json=as_json, utc=utc, now_ns=now_ns)
            return
        gone = reader.gone_processes(now_ns)
        processes = reader.processes()
        table = TextTable(TRACE_COLUMNS)
        found = False
        for trace in matching(reader, query, limit, now_ns, gone, utc=utc):
            found = True
            if as_json:
                sys.stdout.write(to_json(trace_object(reader, trace, gone, processes.get(trace.process))) + "\n")
            else:
                table.add(trace_cells(reader, trace, trace_status(trace, gone), now_ns, utc=utc))
        if not found:
            unknown = hints(query, reader.attribute_keys())
            say("; ".join(["no trace matches" if filter_text else f"{reader.path} has no traces yet", *unknown]))


@contextmanager
def explained(filter_text: str) -> Iterator[None]:
    """Raise CommandError, with the place in the filter, for a filter that is malformed or takes too long."""
    use_patient_regex()
    try:
        yield
    except FilterError as error:
        # Measure the symbols that replace control characters, so that the caret is below its column.
        shown, before = safe_line(filter_text), safe_line(filter_text[: error.column])
        expected = f"\n  expected {', '.join(error.expected)}" if error.expected else ""
        raise CommandError(
            f"{error.message}\n  {shown}\n  {_blank(before)}^{expected}\n  see `tracetui help filter`", USAGE
        ) from None
    except PatternError as error:
        raise CommandError(str(error)) from None


def _blank(text: str) -> str:
    from rich.cells import cell_len

    return " " * cell_len(text)


def matching(
    reader: Reader, query: Query, limit: int, now_ns: int, gone: frozenset[int], *, utc: bool
) -> Iterator[TraceRow]:
    """Return the traces that match a query, newest first, at most `limit`; 0 returns all."""
    for batch in find(reader, query, now_ns=now_ns, gone=gone, utc=utc, limit=limit or None, pool=reader.pool()):
        yield from reader.traces(batch)
