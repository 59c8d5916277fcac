"""`tracer.why`: the explanation for programs."""

from __future__ import annotations

import pytest

from tests.support.known import known
from tracetui import tracer

pytestmark = pytest.mark.usefixtures("recorded")


def answer(tenant: str, calls: int) -> None:
    with tracer.start_span("answer"):
        tracer.update_current_trace(tags={"tenant": tenant})
        for _ in range(calls):
            with tracer.start_span("chat", span_type="LLM", attributes={"gen_ai.usage.output_tokens": 10}):
                pass


def test_a_program_asks_why() -> None:
    """What was recorded before the call is explained: a difference, its parts, and what the traces have in common."""
    for number in range(50):
        answer("acme" if number % 2 else "bolt", 5 if number % 2 else 1)
    found = known(tracer.why("{kind = LLM} | count() > 3", of="tokens"))
    assert (found["a"]["traces"], found["b"]["traces"], found["difference"]) == (25, 25, 40)
    assert [(line["path"], line["difference"], line["more_calls"]) for line in found["ledger"]] == [
        (["answer", "chat"], 40, 40)
    ]
    assert 'tag.tenant = "acme"' in found["common"][0]["conditions"]


def test_where_nothing_can_be_compared_there_is_no_answer() -> None:
    """An empty file, a filter that finds nothing, a filter that finds all."""
    assert tracer.why("duration > 5s") is None
    answer("acme", 1)
    assert tracer.why("duration > 1h") is None
    assert tracer.why("name = answer") is None


@pytest.mark.parametrize(
    ("filter_string", "of", "said"),
    [
        ("duration >", None, "needs a value"),
        ("duration > 1s", "speed", "give one of"),
        ("kind = LLM | by(model)", None, "makes groups"),
    ],
)
def test_a_wrong_question_is_an_error(filter_string: str, of: str | None, said: str) -> None:
    """ValueError, as of `search_traces`."""
    with pytest.raises(ValueError, match=said):
        tracer.why(filter_string, of=of)
