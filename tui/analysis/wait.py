"""`tracetui wait`: blocks until a trace that matches has ended, and shows it."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from ...store.file.errors import READ_ERRORS
from ...store.filter import Query, parse
from ...store.model.rows import TraceRow
from ...store.read.reader import Reader
from ...store.read.tail import Kind, Tail
from ...store.read.trace_document import to_json, trace_object
from ...store.text import format
from ..commands.ls import explained
from ..errors import USAGE, CommandError, say
from ..file_argument import path_of
from .show import lines
from .tail import EndedTraces

NOTHING = 1
"""The exit code when no trace has matched in time."""

_WAKES_PER_SECOND = 100
_LOOKED_BACK = 200
"""How many of the last traces that match are looked at for one that has just ended."""


def wait(
    db: Path | None, filter_text: str, *, count: int, timeout_s: float, since_s: float, as_json: bool, utc: bool
) -> int:
    """Print the first `count` traces that match and end; returns the exit code, 1 if they do not within `timeout_s`.

    Traces that ended within `since_s` before the start count too.
    """
    path = path_of(db)
    with explained(filter_text):
        query = parse(filter_text)
        if query.by is not None or query.sort is not None or query.limit is not None:
            raise CommandError("wait takes the traces as they end: give a filter without by, sort and limit", USAGE)
        stop = threading.Event()
        timer = threading.Timer(timeout_s, stop.set)
        timer.daemon = True
        timer.start()
        try:
            found = _shown(path, query, stop, count, since_s, as_json=as_json, utc=utc)
        finally:
            timer.cancel()
        if found == count:
            return 0
        say(_nothing(path, query, found, timeout_s, utc=utc))
        return NOTHING


def _shown(
    path: Path, query: Query, stop: threading.Event, count: int, since_s: float, *, as_json: bool, utc: bool
) -> int:
    """Show traces as they end, until there are `count` or `stop` is set; returns how many."""
    shown = 0
    begin_ns = time.time_ns() - int(since_s * 1e9)
    ended: EndedTraces | None = None
    following = Tail(path, stop, most_per_second=_WAKES_PER_SECOND)
    for change in following:
        reader = following.reader
        if reader is None:
            if change.kind is Kind.FAILED:
                say(change.message)
            continue
        if ended is None or change.kind in (Kind.OPENED, Kind.REPLACED):
            ended = EndedTraces(reader)
            recent = ended.newest(reader, query, _LOOKED_BACK, utc=utc)
            traces = [trace for trace in recent if trace.end_ns is not None and trace.end_ns >= begin_ns]
        else:
            traces = ended.since_last(reader, query, utc=utc)
        for trace in traces[: count - shown]:
            _print(reader, trace, as_json=as_json, utc=utc)
            shown += 1
        if shown == count:
            return shown
    return shown


def _print(reader: Reader, trace: TraceRow, *, as_json: bool, utc: bool) -> None:
    now_ns = time.time_ns()
    if as_json:
        gone = reader.gone_processes(now_ns)
        process = reader.processes().get(trace.process)
        sys.stdout.write(to_json(trace_object(reader, trace, gone, process)) + "\n")
    else:
        sys.stdout.writelines(line + "\n" for line in lines(reader, trace.id, now_ns, utc=utc))
    sys.stdout.flush()


def _nothing(path: Path, query: Query, found: int, timeout_s: float, *, utc: bool) -> str:
    """Return a sentence about what did not come, with the last trace that would have matched."""
    which = "matching trace" if query.text.strip() else "trace"
    first = (
        f"{found} {which}{'s' * (found != 1)} ended within {timeout_s:g} s"
        if found
        else (f"no {which} ended within {timeout_s:g} s")
    )
    if not path.exists():
        return f"{first}: there is no trace file at {path}"
    with suppress(*READ_ERRORS, OSError), Reader(path) as reader:
        for trace in EndedTraces(reader).newest(reader, query, 1, utc=utc):
            if trace.end_ns is not None:
                ago_ns = max(0, time.time_ns() - trace.end_ns)
                seconds = -(-ago_ns // 1_000_000_000)
                ended = f"{trace.trace_id.hex()[:12]}, ended {format.age(ago_ns)}"
                return f"{first}; the last one, {ended}; --since {seconds}s counts it"
    return first
