"""OTLP in JSON, as SDKs and collectors write it."""

from __future__ import annotations

from typing import Any

import pytest

from tracetui.store.exchange import otlp
from tracetui.store.exchange.document import FormatError, SpanDocument

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"


def request(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """One request with these spans."""
    return {
        "resourceSpans": [{"resource": resource or {}, "scopeSpans": [{"scope": {"name": "lib"}, "spans": [*spans]}]}]
    }


def span(**fields: Any) -> dict[str, Any]:
    """A span with all that a span must have."""
    times = {"startTimeUnixNano": "1000", "endTimeUnixNano": "2000"}
    return {"traceId": TRACE, "spanId": SPAN, "name": "one", **times, **fields}


def read_span(**fields: Any) -> SpanDocument:
    """The one span of a request."""
    reasons: list[str] = []
    (batch,) = otlp.read(request(span(**fields)), reasons.append)
    assert not reasons
    (found,) = batch.spans
    return found


def refused(**fields: Any) -> str:
    """Why the one span of a request is refused."""
    reasons: list[str] = []
    (batch,) = otlp.read(request(span(**fields)), reasons.append)
    assert not batch.spans
    (reason,) = reasons
    return reason


def test_ids_are_hex_digits_in_either_case() -> None:
    """Collectors write lowercase, some SDKs write uppercase."""
    found = read_span(traceId=TRACE.upper(), parentSpanId="EEE19B7EC3C1B173")
    assert found.trace_id.hex() == TRACE
    assert found.parent_id == int("eee19b7ec3c1b173", 16) - (1 << 64)


@pytest.mark.parametrize("kind", [3, "SPAN_KIND_CLIENT"])
def test_enums_are_numbers_or_names(kind: Any) -> None:
    """Both forms stand in files of collectors."""
    assert read_span(kind=kind).attributes["otel.kind"] == "client"
    assert read_span(status={"code": "STATUS_CODE_ERROR", "message": "no"}).status == "ERROR"


@pytest.mark.parametrize("number", [7, "7", 7.0])
def test_integers_are_numbers_or_strings(number: Any) -> None:
    """64-bit integers are strings in JSON of protobuf, and numbers in hand-made JSON."""
    found = read_span(attributes=[{"key": "n", "value": {"intValue": number}}], startTimeUnixNano=number)
    assert found.attributes["n"] == 7
    assert found.start_ns == 7


def test_a_span_without_a_kind_is_internal() -> None:
    """A missing kind is legal."""
    assert "otel.kind" not in read_span().attributes


def test_a_span_without_an_end_is_open() -> None:
    """The end 0 says that the span has not ended."""
    found = read_span(endTimeUnixNano="0", status={"code": 1})
    assert (found.end_ns, found.status) == (None, None)


def test_values_of_all_types_are_kept() -> None:
    """Nested lists and objects stay as they are."""
    nested = {
        "kvlistValue": {"values": [{"key": "a", "value": {"arrayValue": {"values": [{"boolValue": False}, {}]}}}]}
    }
    assert read_span(attributes=[{"key": "x", "value": nested}]).attributes["x"] == {"a": [False, None]}


def test_unknown_fields_are_ignored() -> None:
    """A newer version of the protocol may add fields."""
    assert read_span(somethingNew={"x": 1}).name == "one"


def test_names_of_protobuf_are_accepted() -> None:
    """Parsers of protobuf accept both forms of a name."""
    document = {
        "resource_spans": [
            {"scope_spans": [{"spans": [{"trace_id": TRACE, "span_id": SPAN, "name": "n", "start_time_unix_nano": 5}]}]}
        ]
    }
    (batch,) = otlp.read(document, pytest.fail)
    assert [(one.name, one.start_ns) for one in batch.spans] == [("n", 5)]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"traceId": "xyz"}, "traceId"),
        ({"traceId": "0" * 32}, "traceId"),
        ({"spanId": None}, "spanId"),
        ({"startTimeUnixNano": None}, "startTimeUnixNano"),
        ({"startTimeUnixNano": 1 << 63}, "startTimeUnixNano"),
        ({"endTimeUnixNano": "soon"}, "endTimeUnixNano"),
        ({"attributes": {"a": 1}}, "attributes"),
        ({"attributes": [{"key": 1}]}, "key"),
        ({"events": "none"}, "events"),
    ],
)
def test_a_span_that_cannot_be_kept_is_named_and_the_others_are_kept(fields: dict[str, Any], named: str) -> None:
    """One wrong span costs no other span."""
    assert named in refused(**fields)


def test_a_document_that_is_no_request_is_an_error() -> None:
    """The message says what was expected."""
    with pytest.raises(FormatError, match="resourceSpans"):
        list(otlp.read({"spans": []}, pytest.fail))


def test_the_resource_names_the_program() -> None:
    """Service, process and version come from the attributes of the resource; the others are kept too."""
    attributes = {"service.name": "shop", "process.pid": 12, "service.version": "1.2", "cloud.region": "eu"}
    pairs = [
        {"key": key, "value": {"intValue": value} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
    (batch,) = otlp.read(request(span(), resource={"attributes": pairs}), pytest.fail)
    assert (batch.resource.service, batch.resource.pid) == ("shop", 12)
    assert dict(batch.resource.facts) == {"version": "1.2", "resource.cloud.region": "eu"}


def test_an_event_of_an_evaluation_is_an_assessment() -> None:
    """GenAI conventions report evaluations as events."""
    attributes = [
        {"key": "gen_ai.evaluation.name", "value": {"stringValue": "relevance"}},
        {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.5}},
    ]
    event = {"name": "gen_ai.evaluation.result", "timeUnixNano": "1500", "attributes": attributes}
    (batch,) = otlp.read(request(span(events=[event])), pytest.fail)
    (of_trace,) = batch.traces
    (assessment,) = of_trace.assessments
    assert (assessment.name, assessment.value, assessment.kind) == ("relevance", 0.5, "feedback")
    assert batch.spans[0].events == []
