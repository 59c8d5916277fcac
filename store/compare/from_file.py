"""One of two traces to compare, read from the file."""

from __future__ import annotations

from ..model.forest import build
from ..read.reader import Reader
from .likeness import likeness_of
from .trees import Content, Side


def side_of(reader: Reader, trace: int, below: int | None = None) -> Side:
    """Return the spans of the trace with this trace.id, and what is kept of their inputs and outputs.

    With `below`, a span.id, only that span and what is below it. Reads batch by batch: the texts themselves are not
    kept.
    """
    rows, contents = [], {}
    for span, detail in reader.spans_with_details(trace):
        rows.append(span)
        contents[span.id] = Content(likeness_of(detail.inputs), likeness_of(detail.outputs, with_words=False))
    forest = build(rows)
    index = None if below is None else forest.index_of_row.get(below)
    return Side(forest if index is None else build(forest.spans[index : forest.subtree_end[index]]), contents)
