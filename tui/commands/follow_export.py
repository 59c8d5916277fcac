"""`tracetui export --follow`: the newest traces, then each trace as it changes, for a reader on another machine."""

from __future__ import annotations

import select
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from ...store.filter import Query, parse
from ...store.read.export import export_trace
from ...store.read.reader import Reader
from ...store.read.search import find, matching_among
from ...store.read.tail import Kind, Tail
from ..errors import USAGE, CommandError, say
from ..file_argument import path_of
from .ls import explained

_LOOK_S = 0.5


def follow(db: Path | None, filter_text: str, *, newest: int) -> None:
    """Print an empty line at once, then a document in each line: the `newest` traces (0: all), then what changes.

    A trace is printed again whenever it has changed. Raises CommandError.
    """
    path = path_of(db)
    with explained(filter_text):
        query = parse(filter_text)
        if query.by is not None or query.sort is not None or query.limit is not None:
            raise CommandError("--follow prints traces as they change: give a filter without by, sort and limit", USAGE)
        print(flush=True)
        rev: int | None = None
        stop = threading.Event()
        threading.Thread(target=_stop_without_reader, args=(sys.stdout.fileno(), stop), daemon=True).start()
        following = Tail(path, stop, most_per_second=2)
        for change in following:
            reader = following.reader
            if reader is None:
                if change.kind is Kind.FAILED:
                    say(change.message)
                continue
            now = reader.rev()  # before the rows: what is written meanwhile is printed the next time
            if rev is None or change.kind in (Kind.OPENED, Kind.REPLACED):
                changed: Iterable[int] = _newest(reader, query, newest)
            else:
                changed = matching_among(
                    reader,
                    query,
                    reader.changed_traces(rev),
                    now_ns=time.time_ns(),
                    gone=reader.gone_processes(time.time_ns()),
                )
            for trace in changed:
                text = "".join(export_trace(reader, trace, now_ns=time.time_ns()))
                print(text.replace("\n", ""), flush=True)  # in JSON text, a line break stands between values only
            rev = now


def _stop_without_reader(output: int, stop: threading.Event) -> None:
    """Set `stop` when nobody reads the pipe `output` any more, as when ssh has ended: while nothing is printed, no
    write would tell.
    """
    if not hasattr(select, "poll"):  # Windows
        return
    watch = select.poll()
    watch.register(output, 0)
    while not stop.wait(_LOOK_S):
        if any(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, events in watch.poll(0)):
            stop.set()


def _newest(reader: Reader, query: Query, count: int) -> list[int]:
    """Return the newest traces that match, oldest of them first."""
    now_ns = time.time_ns()
    found: list[int] = []
    for batch in find(reader, query, now_ns=now_ns, gone=reader.gone_processes(now_ns)):
        found += batch
        if 0 < count <= len(found):
            del found[count:]
            break
    return sorted(found)
