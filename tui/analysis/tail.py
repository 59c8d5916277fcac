"""`tracetui tail`: one line for each trace that ends, as it ends."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from ...store.filter import Query, parse
from ...store.model.rows import RUNNING, TraceRow
from ...store.model.status import trace_status
from ...store.read.reader import Reader
from ...store.read.search import find, matching_among
from ...store.read.tail import Kind, Tail
from ...store.read.trace_document import to_json, trace_object
from ..commands.ls import explained
from ..commands.trace_line import TRACE_COLUMNS, trace_cells
from ..errors import USAGE, CommandError, say
from ..file_argument import path_of
from ..layout.text_table import TextTable

_OPEN = "SELECT id FROM trace WHERE status IS NULL OR open_count > 0"


class EndedTraces:
    """The traces of one file that end, each once: those that were open at the beginning, and newer ones."""

    def __init__(self, reader: Reader) -> None:
        self._rev = reader.rev()
        self._last_before = (reader.trace_bounds() or (0, 0))[1]
        self._open = {trace for (trace,) in reader.rows(_OPEN)}
        self._reported: set[int] = set()

    def since_last(self, reader: Reader, query: Query, *, utc: bool) -> list[TraceRow]:
        """Return the traces that match and have ended since the last call, in order of arrival."""
        rev = reader.rev()  # before the rows: what is written meanwhile is read again, and not missed
        gone = reader.gone_processes(time.time_ns())
        ended = [
            trace.id
            for trace in reader.traces(reader.changed_traces(self._rev))
            if trace_status(trace, gone) != RUNNING
            and (trace.id > self._last_before or trace.id in self._open)
            and trace.id not in self._reported
        ]
        self._rev = rev
        matching = matching_among(reader, query, ended, now_ns=time.time_ns(), gone=gone, utc=utc)
        self._reported.update(matching)
        return reader.traces(matching)

    def newest(self, reader: Reader, query: Query, count: int, *, utc: bool) -> list[TraceRow]:
        """Return the last traces that match and have ended, at most `count`, in order of arrival."""
        now_ns = time.time_ns()
        gone = reader.gone_processes(now_ns)
        found: list[TraceRow] = []
        for batch in find(reader, query, now_ns=now_ns, gone=gone, utc=utc):
            found += [trace for trace in reader.traces(batch) if trace_status(trace, gone) != RUNNING]
            if len(found) >= count:
                break
        newest = found[:count][::-1]
        self._reported.update(trace.id for trace in newest)
        return newest


def tail(db: Path | None, filter_text: str, *, last: int, as_json: bool, utc: bool) -> None:
    """Print the last traces, then each that ends, until the user stops the command."""
    path = path_of(db)
    if not path.exists():
        say(f"waiting for {path}")
    with explained(filter_text):
        query = parse(filter_text)
        if query.by is not None or query.sort is not None or query.limit is not None:
            raise CommandError("tail prints traces as they end: give a filter without by, sort and limit", USAGE)
        printer = _Printer(as_json=as_json, utc=utc)
        ended: EndedTraces | None = None
        following = Tail(path, threading.Event())
        for change in following:
            reader = following.reader
            if reader is None:
                if change.kind is Kind.FAILED:
                    say(change.message)
                continue
            if ended is None or change.kind in (Kind.OPENED, Kind.REPLACED):
                is_first = ended is None
                ended = EndedTraces(reader)  # before the search, so that no trace ends between the two
                if is_first and last:
                    printer.print(reader, ended.newest(reader, query, last, utc=utc))
            else:
                printer.print(reader, ended.since_last(reader, query, utc=utc))


class _Printer:
    def __init__(self, *, as_json: bool, utc: bool) -> None:
        self._as_json = as_json
        self._utc = utc
        self._table = TextTable(TRACE_COLUMNS)

    def print(self, reader: Reader, traces: list[TraceRow]) -> None:
        if not traces:
            return
        now_ns = time.time_ns()
        gone = reader.gone_processes(now_ns)
        processes = reader.processes() if self._as_json else {}
        for trace in traces:
            if self._as_json:
                sys.stdout.write(to_json(trace_object(reader, trace, gone, processes.get(trace.process))) + "\n")
            else:
                self._table.add(trace_cells(reader, trace, trace_status(trace, gone), now_ns, utc=self._utc))
        sys.stdout.flush()
