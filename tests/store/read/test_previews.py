"""The question and the answer of a trace, as the list shows them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.store.records import PROCESS, make_span, make_trace
from tests.support.builders import TraceFile
from tracetui.store.read.previews import PreviewLines, preview_lines
from tracetui.store.read.reader import Reader
from tracetui.store.text.json_parts import KnownElements, encode_in_parts
from tracetui.store.write.writer import Writer

MESSAGES = [{"role": "system", "content": "long " * 100}, {"role": "user", "content": "What is\n a span?"}]


def lines_of(file: TraceFile, trace: int) -> PreviewLines:
    with Reader(file.path) as reader:
        return preview_lines(reader, [trace])[trace]


def test_preview_is_the_last_question_and_the_answer(file: TraceFile) -> None:
    """Neither the system prompt nor the quotes and braces of JSON are what people look for."""
    trace = file.trace()
    trace.span("chat", inputs={"messages": MESSAGES}, outputs={"choices": [{"message": {"content": "An operation."}}]})
    assert lines_of(file, trace.id) == ("What is a span?", "An operation.")


def test_root_without_messages_is_previewed_by_its_model_calls(file: TraceFile) -> None:
    """A web framework's span has no inputs: the first call has the question, and the last one the answer."""
    trace = file.trace()
    root = trace.span("POST /chat")
    for number in (1, 2):
        asked = [{"role": "user", "content": f"question {number}"}]
        trace.span("call", parent=root, kind="LLM", inputs={"messages": asked}, outputs=f"answer {number}")
    assert lines_of(file, trace.id) == ("question 1", "answer 2")


def test_preview_of_the_program_stays_as_it_is(file: TraceFile) -> None:
    """What `update_current_trace` has set is not replaced by what the messages say."""
    trace = file.trace(request_preview="refund for order 7")
    trace.span("chat", inputs={"messages": MESSAGES})
    assert lines_of(file, trace.id) == ("refund for order 7", "")


def test_inputs_without_words_are_shown_as_they_are(file: TraceFile) -> None:
    """A number is a preview too."""
    trace = file.trace()
    trace.span("work", inputs={"k": 4, "n": 5}, outputs=[1, 2])
    request, response = lines_of(file, trace.id)
    assert request.replace(" ", "") == '{"k":4,"n":5}'
    assert response.replace(" ", "") == "[1,2]"


def test_long_history_that_is_stored_in_blocks_has_a_preview(tmp_path: Path) -> None:
    """The question behind a long system prompt is found, though its text is stored elsewhere."""
    path = tmp_path / "blocks.db"
    question = "How long may I keep it? " * 100
    history = [{"role": "system", "content": "You help. " * 900}, {"role": "user", "content": question}]
    inputs = encode_in_parts({"messages": history}, KnownElements())
    with closing(Writer(path, PROCESS)) as writer:
        writer.write([make_span(make_trace(1), 1, inputs_json=inputs)])
    with Reader(path) as reader:
        assert reader.value("SELECT count(*) FROM block", default=0)
        assert preview_lines(reader, [1])[1].request.startswith("How long may I keep it?")
