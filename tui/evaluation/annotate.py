"""`tracetui annotate`: writes what a person says of a trace, as the keys of the explorer do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...store.model.span_ids import span_hex
from ...store.write.edits import Edit, EditRefusedError
from ...store.write.opinions import EXPECTED, NOTE, STAR, STARRED, THUMB, Opine, SetTag, edit_file
from ..errors import USAGE, CommandError, say
from ..file_argument import changing, find_trace, opened, path_of
from . import spoken


class Opinions(NamedTuple):
    """What is said; a value of None takes it away."""

    star: bool | None = None
    """Whether the trace has a star; None leaves that as it is."""
    thumb: bool | None = None
    feedback: Sequence[tuple[str, Any]] = ()
    note: str | None = None
    expected: str | None = None
    tags: Sequence[tuple[str, str | None]] = ()


def annotate(db: Path | None, trace_id: str, opinions: Opinions, *, span: str | None, person: str | None) -> None:
    """Write opinions of a trace, or of the span whose hex id begins with `span`. Raises CommandError."""
    if all(said is None or not (said or isinstance(said, bool | str)) for said in opinions):
        raise CommandError("say something: --star, --up, --down, --score, --note, --expected or --tag", USAGE)
    with opened(db) as reader:
        trace = find_trace(reader, trace_id)
        (row,) = reader.traces([trace])
        span_id = None
        if span is not None:
            found = {one.span_id for one in reader.spans(trace) if span_hex(one.span_id).startswith(span.lower())}
            if len(found) != 1:
                raise CommandError(f"{'no' if not found else 'more than one'} span of the trace begins with {span}")
            (span_id,) = found
    path = path_of(db)
    edits = _edits(row.trace_id, span_id, opinions, person or spoken.person())
    try:
        with changing(path):
            edit_file(path, edits)
    except EditRefusedError as error:
        raise CommandError(f"not written: {error}") from None
    say(f"wrote {len(edits)} annotation{'s' * (len(edits) != 1)} of trace {row.trace_id.hex()}")


def _edits(key: bytes, span_id: int | None, said: Opinions, person: str) -> list[Edit]:
    named: list[tuple[str, Any]] = list(said.feedback)
    if said.thumb is not None:
        named.append((THUMB, said.thumb))
    if said.note is not None:
        named.append((NOTE, said.note or None))
    now_ns = time.time_ns()
    edits: list[Edit] = [
        Opine(key, name, value, person=person, now_ns=now_ns, span_id=span_id) for name, value in named
    ]
    if said.expected is not None:
        value = said.expected or None
        edits.append(Opine(key, EXPECTED, value, person=person, now_ns=now_ns, span_id=span_id, kind="expectation"))
    tags = list(said.tags) if said.star is None else [(STAR, STARRED if said.star else None), *said.tags]
    return edits + [SetTag(key, name, text) for name, text in tags]
