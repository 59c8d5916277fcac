"""Traces in another trace file, for `tracetui merge` and `tracetui snap`."""

from __future__ import annotations

import json
import time
from pathlib import Path

from ...store.exchange import own
from ...store.exchange.document import Batches, FormatError, Refuse
from ...store.file.errors import OPEN_ERRORS, explain
from ...store.filter import parse
from ...store.read.export import export_trace
from ...store.read.reader import Reader
from ...store.read.search import find


def read_trace_file(path: Path, filter_text: str, refuse: Refuse) -> Batches:
    """Return the spans of the traces that match, oldest first. Raises FormatError for a file that cannot be read."""
    try:
        with Reader(path) as reader:
            now_ns = time.time_ns()
            gone = reader.gone_processes(now_ns)
            found = [trace for batch in find(reader, parse(filter_text), now_ns=now_ns, gone=gone) for trace in batch]
            for trace in sorted(found):
                document = "".join(export_trace(reader, trace, now_ns=now_ns))
                yield from own.read(json.loads(document), refuse)
    except OPEN_ERRORS as error:
        raise FormatError(explain(path, error)) from None
