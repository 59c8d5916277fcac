"""A trace whose cost leaves out calls without a price."""

from __future__ import annotations

import pytest

from tests.support.last_trace import last_trace
from tests.support.recorded import Recorded
from tests.tracer.display.test_display import lines_of
from tracetui import tracer


def record(*models: str) -> None:
    """An agent that asks these models."""
    with tracer.start_span("agent", span_type="AGENT"):
        for model in models:
            with tracer.start_span("call", span_type="LLM") as call:
                call.set_attributes(
                    {"gen_ai.request.model": model, "gen_ai.usage.input_tokens": 100_000, "llm.usage.output_tokens": 5}
                )


@pytest.mark.parametrize(
    ("models", "calls", "is_lower_bound", "words"),
    [
        (["gpt-4o"], 0, False, "  $0.25  "),
        (["gpt-4o", "my-finetune"], 1, True, "≥ $0.25 (1 call without a price)"),
        (["my-finetune", "mine"], 2, False, "2 calls without a price"),
    ],
)
def test_trace_info_and_display_show_the_calls_without_a_price(
    recorded: Recorded, models: list[str], calls: int, is_lower_bound: bool, words: str
) -> None:
    """The info has the number; the terminal and the notebook show it in words."""
    record(*models)
    trace = last_trace()
    assert (trace.info.calls_without_price, trace.info.cost_is_lower_bound) == (calls, is_lower_bound)
    assert words in "\n".join(lines_of(trace, 110))
    assert words.strip() in trace._repr_html_()


def test_the_number_of_calls_without_a_price_survives_json_and_is_not_copied(recorded: Recorded) -> None:
    """MLflow's JSON has it as metadata; the number of a copy is counted from its own calls."""
    record("gpt-4o", "my-finetune")
    trace = tracer.entities.Trace.from_json(last_trace().to_json())
    assert trace.info.calls_without_price == 1
    tracer.add_trace(trace)
    copy = last_trace()
    assert copy.info.calls_without_price == 1
    (labels, *_) = recorded.rows("SELECT metadata FROM trace ORDER BY id DESC")
    assert "callsWithoutPrice" not in (labels["metadata"] or "")


def test_a_copy_of_a_trace_has_the_cost_of_its_answers_too(recorded: Recorded) -> None:
    """The copy counts although the file has an answer with that id already."""
    with tracer.start_span("job"):
        for answer in (
            {"status": "queued"},
            {"status": "completed", "usage": {"input_tokens": 10, "output_tokens": 2}},
        ):
            with tracer.start_span("call", span_type="LLM") as call:
                call.set_inputs({"response_id": "resp_1"} if "usage" in answer else {"model": "gpt-4o", "input": "hi"})
                call.set_outputs(
                    {"id": "resp_1", "object": "response", "background": True, "model": "gpt-4o", **answer}
                )
    trace = last_trace()
    cost = trace.info.cost
    assert (cost and cost["total_cost"], trace.info.calls_without_price) == (4.5e-05, 0)
    tracer.add_trace(trace)
    copy = last_trace()
    assert copy.info.trace_id != trace.info.trace_id
    assert (copy.info.cost, copy.info.calls_without_price) == (cost, 0)


def test_tokens_of_a_trace_are_those_of_all_calls(recorded: Recorded) -> None:
    """The function around the calls records only its last answer; the trace has the tokens of all, cached ones too."""
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120, "cache_read_input_tokens": 40}
    with tracer.start_span("ask", span_type="LLM", attributes={"mlflow.chat.tokenUsage": usage}):
        for _ in range(2):
            with tracer.start_span("call", span_type="LLM", attributes={"mlflow.chat.tokenUsage": usage}):
                pass
    assert last_trace().info.token_usage == {
        "input_tokens": 200,
        "output_tokens": 40,
        "total_tokens": 240,
        "cache_read_input_tokens": 80,
    }
