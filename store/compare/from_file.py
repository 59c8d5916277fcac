"""One of two traces to compare, read from the file."""

from __future__ import annotations

from ..model.forest import build
from ..read.reader import Reader
from .likeness import likeness_of
from .trees import Content, Side


def side_of(reader: Reader, trace: int) -> Side:
    """Return the spans of the trace with this trace.id, and what is kept of their inputs and outputs.

    Reads batch by batch: the texts themselves are not kept.
    """
    rows, contents = [], {}
    for span, detail in reader.spans_with_details(trace):
        rows.append(span)
        contents[span.id] = Content(likeness_of(detail.inputs), likeness_of(detail.outputs))
    return Side(build(rows), contents)
