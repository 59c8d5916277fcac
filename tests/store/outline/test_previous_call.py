"""The call before another one of the same agent."""

from __future__ import annotations

from tests.support.agent_trace import ANSWER, agent_trace
from tests.support.builders import TraceFile
from tracetui.store.model import forest
from tracetui.store.outline.previous_call import previous_call, said_with
from tracetui.store.read.reader import Reader


def test_the_previous_call_is_the_last_one_of_the_same_agent(file: TraceFile) -> None:
    """A call of another agent in between does not count."""
    trace = file.trace()
    root = trace.span("root")
    one = trace.span("first agent", kind="AGENT", parent=root, start_ms=1)
    two = trace.span("second agent", kind="AGENT", parent=root, start_ms=3)
    trace.span("chat 1", kind="LLM", parent=one, start_ms=2)
    trace.span("chat 2", kind="LLM", parent=two, start_ms=4)
    trace.span("chat 3", kind="LLM", parent=one, start_ms=6)
    with Reader(file.path) as reader:
        built = forest.build(reader.spans(trace.id))
    found = {span.name: previous_call(built, index) for index, span in enumerate(built.spans)}
    assert {name: span and span.name for name, span in found.items()} == {
        **dict.fromkeys(("root", "first agent", "second agent", "chat 1", "chat 2")),
        "chat 3": "chat 1",
    }


def test_the_answer_of_a_call_was_said_with_it(file: TraceFile) -> None:
    """It is in the history of the next call."""
    trace = agent_trace(file)
    with Reader(file.path) as reader:
        detail = reader.detail(reader.spans(trace.id)[-1].id)
    assert detail is not None
    chat = said_with(detail)
    assert chat is not None
    assert [message.role for message in chat.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert chat.messages[-1].text == ANSWER
    assert said_with(detail._replace(inputs='{"question": "?"}')) is None
