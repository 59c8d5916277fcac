"""Feedback and expectations as MLflow's documentation describes them.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import pytest

from tests.support.known import known
from tests.support.last_trace import last_trace
from tracetui import tracer as mlflow

pytestmark = pytest.mark.usefixtures("recorded")


def test_feedback_and_expectations_are_logged_read_changed_and_deleted() -> None:
    """Feedback of a person and of a judge, and an expectation, are corrected, updated and deleted."""
    entities = mlflow.entities
    with mlflow.start_span("answer") as span:
        pass
    person = entities.AssessmentSource(source_type=entities.AssessmentSourceType.HUMAN, source_id="ada@example.com")
    said = mlflow.log_feedback(
        trace_id=span.trace_id,
        name="helpful",
        value=True,
        source=person,
        rationale="to the point",
        span_id=span.span_id,
    )
    mlflow.log_feedback(trace_id=span.trace_id, name="judge", error=ValueError("no key"))
    mlflow.log_expectation(trace_id=span.trace_id, name="facts", value=["a", "b"], metadata={"by": "test"})
    trace = last_trace()
    (helpful,) = trace.search_assessments(name="helpful")
    assert (helpful.value, helpful.source, helpful.rationale) == (True, person, "to the point")
    assert helpful.span_id == span.span_id
    assert helpful.assessment_id == said.assessment_id
    (judge,) = trace.search_assessments("judge", type="feedback")
    assert (judge.value, judge.error.error_code, judge.error.error_message) == (None, "ValueError", "no key")
    (facts,) = trace.search_assessments(type="expectation")
    assert (facts.expectation.value, facts.source.source_type) == (["a", "b"], "HUMAN")

    corrected = mlflow.override_feedback(trace_id=span.trace_id, assessment_id=known(said.assessment_id), value=False)
    trace = last_trace()
    assert [found.value for found in trace.search_assessments("helpful")] == [False]
    assert len(trace.search_assessments("helpful", all=True)) == 2
    assert mlflow.get_assessment(span.trace_id, known(corrected.assessment_id)).overrides == said.assessment_id

    mlflow.update_assessment(
        trace_id=span.trace_id,
        assessment_id=facts.assessment_id,
        assessment=entities.Expectation(name="facts", value=["c"]),
    )
    assert mlflow.get_assessment(span.trace_id, facts.assessment_id).value == ["c"]
    mlflow.delete_assessment(trace_id=span.trace_id, assessment_id=facts.assessment_id)
    with pytest.raises(LookupError, match="has no assessment"):
        mlflow.get_assessment(span.trace_id, facts.assessment_id)


def test_correction_without_a_source_is_of_code_and_an_update_keeps_the_source() -> None:
    """An update keeps the source unless it has its own."""
    entities = mlflow.entities
    ada = entities.AssessmentSource("human", "ada")
    with mlflow.start_span("a") as span:
        pass
    said = mlflow.log_feedback(trace_id=span.trace_id, name="good", value=True, source=ada, metadata={"a": "1"})
    updated = mlflow.update_assessment(span.trace_id, known(said.assessment_id), entities.Feedback("good", "maybe"))
    assert (updated.value, updated.source, updated.metadata) == ("maybe", ada, {"a": "1"})
    judge = entities.AssessmentSource("LLM_JUDGE", "gpt")
    renamed = entities.Feedback("better", 1, source=judge, metadata={"b": "2"})
    updated = mlflow.update_assessment(span.trace_id, known(said.assessment_id), renamed)
    assert (updated.name, updated.source, updated.metadata) == ("better", judge, {"a": "1", "b": "2"})
    corrected = mlflow.override_feedback(trace_id=span.trace_id, assessment_id=known(said.assessment_id), value=2)
    assert corrected.source == entities.AssessmentSource("CODE")


def test_feedback_may_have_no_value() -> None:
    """The value may be None, and the error has a code and a message."""
    with mlflow.start_span("a") as span:
        pass
    mlflow.log_feedback(trace_id=span.trace_id, name="unsure", value=None)
    mlflow.log_feedback(trace_id=span.trace_id, name="broken", error="no key")
    unsure, broken = last_trace().info.assessments
    assert (unsure.value, unsure.error_code, unsure.error_message) == (None, None, None)
    assert (broken.error_code, broken.error_message) == ("ASSESSMENT_ERROR", "no key")
    assert broken.to_dictionary()["feedback"]["error"] == {"error_code": "ASSESSMENT_ERROR", "error_message": "no key"}


def test_an_expectation_that_is_an_object_is_json_text_in_mlflows_form() -> None:
    """MLflow's form is read back to an equal expectation."""
    entities = mlflow.entities
    said = entities.Expectation("facts", {"facts": ["a", {"b": 1}]}, source=entities.AssessmentSource("HUMAN", "ada"))
    document = said.to_dictionary()
    assert document["expectation"]["serialized_value"]["serialization_format"] == "JSON_FORMAT"
    assert document["source"] == known(said.source).to_dictionary() == {"source_type": "HUMAN", "source_id": "ada"}
    assert entities.Assessment.from_dictionary(document) == said
    assert entities.Expectation("n", 3).to_dictionary()["expectation"] == {"value": 3}


def test_an_issue_is_logged_in_mlflows_form() -> None:
    """The name of the assessment is the id of the issue, its value the name of the issue; the run is kept."""
    with mlflow.start_span("a") as span:
        pass
    said = mlflow.log_issue(
        trace_id=span.trace_id, issue_id="iss-1", issue_name="Slow", run_id="run-1", rationale="took 2 s"
    )
    mlflow.log_issue(trace_id=span.trace_id, issue_id="iss-2")
    trace = mlflow.get_trace(span.trace_id)
    assert trace is not None
    first, second = trace.info.assessments
    assert isinstance(first, mlflow.entities.IssueReference)
    assert isinstance(second, mlflow.entities.IssueReference)
    assert first == said
    assert (first.issue_id, first.issue_name, first.run_id) == ("iss-1", "Slow", "run-1")
    assert known(first.source).source_type == "LLM_JUDGE"
    assert (second.issue_id, second.issue_name, second.run_id) == ("iss-2", "iss-2", None)
    document = first.to_dictionary()
    assert (document["assessment_name"], document["issue"]) == ("iss-1", {"issue_name": "Slow"})
    assert mlflow.entities.Assessment.from_dictionary(document) == first
    again = mlflow.entities.IssueReference(issue_id="iss-1", issue_name="Slow", run_id="run-1")
    assert again.issue.issue_name == "Slow"
    with pytest.raises(ValueError, match="needs a name"):
        mlflow.entities.IssueReference("iss-1", None)  # type: ignore[arg-type]


def test_feedback_on_a_session_is_found_with_each_of_its_traces() -> None:
    """The first trace has the assessment, and a filter finds all traces of the session."""
    ids = {}
    for session, turn in (("s-1", "one"), ("s-1", "two"), ("s-2", "three")):
        with mlflow.start_span(turn) as span:
            mlflow.update_current_trace(session_id=session)
        ids[turn] = span.trace_id
    said = mlflow.log_feedback(session_id="s-1", name="solved", value=True, metadata={"by": "test"})
    assert (said.trace_id, said.metadata) == (ids["one"], {"by": "test", "mlflow.trace.session": "s-1"})

    def found(filter_string: str) -> list[str]:
        traces = mlflow.search_traces(filter_string=filter_string, return_type="list")
        return [trace.data.root.name for trace in traces]

    assert found("feedback.solved = true") == ["two", "one"]
    assert found("feedback.solved is null") == ["three"]
    mlflow.log_feedback(trace_id=ids["two"], name="rating", value=1)
    assert found("feedback.rating = 1") == ["two"]
    assert [one.name for one in known(mlflow.get_trace(ids["two"])).info.assessments] == ["rating"]
    with pytest.raises(LookupError, match="no session 's-3'"):
        mlflow.log_feedback(session_id="s-3", value=True)
    with pytest.raises(TypeError, match=r"needs trace_id=... or session_id=..."):
        mlflow.log_feedback(name="rating", value=1)
