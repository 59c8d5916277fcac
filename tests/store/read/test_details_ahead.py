"""Details of spans that follow each other."""

from __future__ import annotations

from tests.support.builders import TraceFile
from tracetui.store.model import forest
from tracetui.store.read.details_ahead import KEPT, DetailsAhead
from tracetui.store.read.reader import Reader


def test_details_are_those_of_each_span(file: TraceFile) -> None:
    """In order, again for a parent, and none for a span that is gone."""
    trace = file.trace()
    root = trace.span("root", outputs="root")
    for number in range(2 * KEPT):
        trace.span(f"step {number}", parent=root, start_ms=number, outputs=number, attributes={"n": number})
    with Reader(file.path) as reader:
        built = forest.build(reader.spans(trace.id))
        details = DetailsAhead(reader, built)
        for span in [*built.spans, built.spans[0], built.spans[7]]:
            assert details(span) == reader.detail(span.id)
        file.connection.execute("DELETE FROM payload WHERE span = ?", (built.spans[9].id,))
        file.connection.execute("DELETE FROM span WHERE id = ?", (built.spans[9].id,))
        assert DetailsAhead(reader, built)(built.spans[9]) is None
