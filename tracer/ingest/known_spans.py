"""The spans of the traces that were written last, so that a span that arrives twice is written once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Set

from ...store.exchange.document import SpanDocument
from ...store.write.writer import Writer

MAX_TRACES = 1_024
"""The most traces whose spans are remembered; the spans of any other trace are read from the file."""


class KnownSpans:
    """The ended spans of traces, by the ids of trace and span."""

    def __init__(self) -> None:
        self._ended: OrderedDict[bytes, set[int]] = OrderedDict()

    def new_among(self, documents: Iterable[SpanDocument], writer: Writer) -> tuple[list[SpanDocument], int]:
        """Return the documents that are to be written, and how many the file has already, or the batch has twice.

        An open span in the file is replaced; of several documents of one span, the ended one counts. The documents
        that are returned count as written from now on; call `forget` where the write fails.
        """
        documents = list(documents)
        self._read({document.trace_id for document in documents}, writer)
        known_count = 0
        new: dict[tuple[bytes, int], SpanDocument] = {}
        for document in documents:
            key = document.trace_id, document.span_id
            if document.span_id in self._ended[document.trace_id]:
                known_count += 1
            elif key in new:
                known_count += 1
                if new[key].end_ns is None:
                    new[key] = document
            else:
                new[key] = document
        for document in new.values():
            if document.end_ns is not None:
                self._ended[document.trace_id].add(document.span_id)
        return list(new.values()), known_count

    def is_ended(self, trace_key: bytes, span_key: int, writer: Writer) -> bool:
        """Whether the file has the span with its end."""
        self._read({trace_key}, writer)
        return span_key in self._ended[trace_key]

    def forget(self, trace_keys: Iterable[bytes]) -> None:
        """Read the spans of these traces again the next time."""
        for trace_key in trace_keys:
            self._ended.pop(trace_key, None)

    def _read(self, trace_keys: Set[bytes], writer: Writer) -> None:
        """Let the spans of these traces be known."""
        unknown = []
        for trace_key in trace_keys:
            if trace_key in self._ended:
                self._ended.move_to_end(trace_key)
            else:
                unknown.append(trace_key)
        for trace_key, in_file in writer.spans_in_file(unknown).items():
            self._ended[trace_key] = {span_key for span_key, state in in_file.items() if state is None}
            for span_key, state in in_file.items():
                if state is not None:
                    writer.continue_span(span_key, state)

    def trim(self) -> None:
        """Forget the traces beyond `MAX_TRACES`, those that were quiet longest; between batches."""
        while len(self._ended) > MAX_TRACES:
            self._ended.popitem(last=False)
