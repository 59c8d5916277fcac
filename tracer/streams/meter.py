"""What is measured of one stream: when the first chunk came, how many, how far apart, and what they said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...store.model.rows import CANCELLED, ERROR, UNSET
from .. import guard
from ..answers.counted_answers import ANSWER_ID, IS_ELSEWHERE, marks
from ..answers.failures import CUT_SHORT
from ..answers.text_buffer import Room, Text
from ..formats.accumulator import Accumulator
from ..formats.whole_answer import is_read
from ..parts import clock
from ..settings.settings import config
from ..spans.span import Span
from ..values.size import value_bytes
from ..values.snapshot import snapshot
from .source import ending_of

Reducer = Callable[[list[Any]], Any]

CUT_CHUNKS = "tracetui.cut.chunks"
"""How many chunks were counted and not kept."""


class StreamMeter:
    """What is known of one stream. Chunks of an answer are put together (see `Answer`), others are kept as a list, all
    within `max_value_bytes`: `tracetui.cut.chunks` says how many came after that and were only counted.

    Measures, as attributes of the span: `llm.ttft_ms` and the OpenTelemetry `gen_ai.response.time_to_first_chunk`
    (seconds), both from the span's start to the first chunk with content; `llm.chunk_count`;
    `llm.chunk_interval_ms`, the mean time between chunks. The model and the counts of tokens that chunks tell become
    `gen_ai.response.model` and `llm.usage`, the reason to finish `gen_ai.response.finish_reasons`.
    """

    def __init__(self, span: Span, reducer: Reducer | None = None, *, has_all_chunks: bool = False) -> None:
        self.span = span
        self.chunk_count = 0
        self.has_all_chunks = has_all_chunks
        """Whether no chunk was left out on the way here. Where nobody says so, that is known of a stream that began
        with a chunk without content: a program that hands on content alone leaves out the reason to finish as well."""
        self.source: Any = None
        """The generator that yields the chunks, until the first chunk; None where a client is measured from inside."""
        self.has_ended: Callable[[], bool] | None = None
        """Returns whether the stream behind the generator ended by itself; None where nothing is in between."""
        self.answer = Accumulator(Room(config.max_value_bytes))
        self._reducer = reducer
        self._first_ns: int | None = None
        self._last_ns = 0
        self._values: list[Any] | None = [] if reducer else None
        span.stream = self

    def add(self, chunk: Any) -> None:
        """Count in a chunk that has just arrived."""
        try:
            has_content = self.answer.take(chunk)
            if has_content is None:
                has_content = chunk is not None and not (isinstance(chunk, bytes | bytearray) and not chunk)
                if self._values is None:
                    self._values = [self.answer.value()] if self.answer.has_text else []
            if self._values is not None:
                self._keep(self._values, chunk)
            self._last_ns = clock.monotonic_ns()
            self.chunk_count += 1
            if self._first_ns is None:
                self._begin(has_content)
        except Exception:
            guard.fault("measuring a stream")

    def _keep(self, values: list[Any], chunk: Any) -> None:
        room = self.answer.room
        if self._reducer is not None or not isinstance(chunk, str):
            value = snapshot(chunk)
            if room.take(value_bytes(value)):
                values.append(value)
            return
        if not values or type(values[-1]) is not Text:  # text in pieces is one text, between chunks of other kinds too
            values.append(Text(room))
        values[-1].add(str.__str__(chunk))

    def count(self, has_content: bool) -> None:
        """Count a chunk that arrived now."""
        self._last_ns = clock.monotonic_ns()
        self.chunk_count += 1
        if self._first_ns is None:
            self._begin(has_content)

    def _begin(self, has_content: bool) -> None:
        """Note the time of the first chunk with content; called for each chunk up to it."""
        if has_content:
            self._first_ns = self._last_ns
        else:
            self.has_all_chunks = True
        source, self.source = self.source, None
        if source is not None and self.has_all_chunks:
            self.has_ended = ending_of(source)

    def outputs_so_far(self) -> Any:
        """The answer, or the list of chunks; `UNSET` before the first."""
        if self._values is not None:
            values = [str(value) if type(value) is Text else value for value in self._values.copy()]
            return values or UNSET
        return self.answer.value() if self.chunk_count else UNSET

    def attributes_so_far(self) -> dict[str, Any]:
        """The measures known by now."""
        measures: dict[str, Any] = {"llm.chunk_count": self.chunk_count}
        if self._first_ns is not None:
            ttft_ns = max(0, self._first_ns + self.span.trace.wall_offset_ns - self.span.start_ns)
            measures["llm.ttft_ms"] = ttft_ns / 1e6
            measures["gen_ai.response.time_to_first_chunk"] = ttft_ns / 1e9
            if self.chunk_count > 1:
                measures["llm.chunk_interval_ms"] = (self._last_ns - self._first_ns) / (self.chunk_count - 1) / 1e6
        if self.answer.room.refused:
            measures[CUT_CHUNKS] = self.answer.room.refused
        if self.answer.model is not None:
            measures["gen_ai.response.model"] = self.answer.model
        if self.answer.usage is not None:
            measures["llm.usage"] = self.answer.usage
        if self.answer.finish_reason is not None:
            measures["gen_ai.response.finish_reasons"] = [self.answer.finish_reason]
        return measures

    def measures(self) -> dict[str, Any]:
        """The measures of a stream that is over: without the tokens of an answer that was read and has been counted."""
        measures, answer = self.attributes_so_far(), self.answer
        if answer.response_id is not None and ANSWER_ID not in self.span.attribute_values:
            marked = marks(
                answer.response_id,
                "in_progress" if not answer.is_complete else "failed" if answer.failure else "completed",
                is_read=is_read(answer.response_id, self.span.inputs_value),
                has_usage="llm.usage" in measures,
                is_of_background=answer.is_of_background,
                tells_background=answer.tells_background,
            )
            if IS_ELSEWHERE in marked:
                measures.pop("llm.usage", None)
            measures |= marked
        return measures

    def failure(self, *, was_left: bool = False) -> str | None:
        """What went wrong in a stream that is over: what a chunk reported, or that the end is missing."""
        if self.answer.failure is not None:
            return self.answer.failure
        if was_left or not self.has_all_chunks or not self.answer.is_cut:
            return None
        return CUT_SHORT if self.has_ended is None or self.has_ended() else None

    def left_message(self) -> str:
        """What the status of a stream says that its consumer left."""
        return f"the consumer left the stream after {self.chunk_count} chunks"

    def end(self, error: BaseException | None = None, *, was_left: bool = False) -> None:
        """End the span: the stream is through, or `error` left it, or its consumer left it (`was_left`)."""
        try:
            span = self.span
            if span.end_ns is not None:
                return
            for key, value in self.measures().items():
                span.attribute_values.setdefault(key, value)
            if span.outputs_value is UNSET:
                span.outputs_value = self._reduced()
            if error is not None:
                span.fail(error)
            elif (failure := self.failure(was_left=was_left)) is not None:
                if span.status_code is None:
                    span.status_code, span.status_message = ERROR, failure
            elif was_left:
                span.status_code = CANCELLED
                span.status_message = self.left_message()
            span.finish()
        except Exception:
            guard.fault("ending a stream")
        finally:
            self.source = self.has_ended = None

    def _reduced(self) -> Any:
        outputs = self.outputs_so_far()
        if self._reducer is None or outputs is UNSET:
            return outputs
        try:
            return snapshot(self._reducer(outputs))
        except Exception as error:  # the host's code; the list of chunks is the better record then
            guard.warn("output_reducer", f"output_reducer of {self.span.name!r} raised {error!r}; the chunks are kept")
            return outputs


def was_left(span: Span) -> None:
    """The consumer of what has this span left it, be it before the first step. Nothing if it has ended."""
    if span.end_ns is None:
        meter = span.stream if isinstance(span.stream, StreamMeter) else StreamMeter(span)
        meter.end(was_left=True)
