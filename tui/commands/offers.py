"""What a shell can offer to complete a command line: filters with fields and values of the file, ids of traces."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ...store.facets.values import known_values
from ...store.file.errors import OPEN_ERRORS
from ...store.filter.assist.completion import asked_at, completions
from ...store.read.reader import Reader
from ...store.text.safe_text import safe_line
from ..file_argument import path_of

MOST_TRACES = 20

_VALUES_S = 0.3
"""Seconds in which values of a field are counted: the user waits."""
_CHARS = 200


class Offer(NamedTuple):
    """A way to complete a word, and what it means."""

    text: str
    about: str


def filter_offers(db: Path | None, before: str, incomplete: str) -> list[Offer]:
    """Return how a filter can go on: in place of its last word `incomplete`, which follows the text `before`."""
    text = before + incomplete
    with _reading(db) as reader:
        if reader is None:
            found = completions(text, len(text), {})
        else:
            known = {}
            if (asked := asked_at(text, len(text))) is not None:
                now_ns = time.time_ns()
                gone = reader.gone_processes(now_ns)
                known[asked] = known_values(reader, asked, now_ns=now_ns, gone=gone, within_s=_VALUES_S)
            found = completions(text, len(text), reader.attribute_keys(), known)
    offers = []
    for one in found:
        whole = text[: one.start] + one.text
        if whole.startswith(before) and whole != text:
            about = one.about or (f"{one.count:,}" if one.count else "")
            offers.append(Offer(_safe(whole[len(before) :]), _safe(about)))
    return offers


def trace_offers(db: Path | None, incomplete: str) -> list[Offer]:
    """Return the words for the newest traces, and their ids."""
    offers = [Offer("last", "the newest trace"), Offer("last~1", "the one before it")]
    with _reading(db) as reader:
        if reader is not None:
            newest = reversed(reader.traces(reader.newest_traces(MOST_TRACES)))
            offers += [Offer(trace.trace_id.hex(), _safe(trace.name)) for trace in newest]
    return [offer for offer in offers if offer.text.startswith(incomplete)]


@contextmanager
def _reading(db: Path | None) -> Iterator[Reader | None]:
    # Completion never fails and never prints: without a file there is less to offer.
    try:
        reader = Reader(path_of(db))
    except OPEN_ERRORS:
        yield None
        return
    with reader:
        yield reader if reader.ready else None


def _safe(text: str) -> str:
    return safe_line(text, max_chars=_CHARS)
