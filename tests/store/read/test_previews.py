"""The question and the answer of a trace, as the list shows them."""

from __future__ import annotations

from tests.support.builders import TraceFile
from tracetui.store.read.previews import PreviewLines, preview_lines
from tracetui.store.read.reader import Reader

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
