"""The labels and assessments of a trace as lines of the details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...store.text import format
from ...store.text.safe_text import safe_line
from .lines import Line

if TYPE_CHECKING:
    from ...store.model.rows import AssessmentRow, TraceRow
    from ...store.read.reader import TraceLabels
    from .document import Document

_SHOWN_AS_FACTS = ("mlflow.trace.session", "mlflow.trace.user", "mlflow.traceName")
"""Labels that repeat a column of the trace."""

_ASSESSMENT_TITLES = {"feedback": "Feedback", "expectation": "Expected", "issue": "Issues"}


def trace_lines(document: Document, trace: TraceRow, labels: TraceLabels | None) -> None:
    """Add the user and session, the cost, and the tags and metadata of a trace."""
    facts = {
        "session": trace.session_id,
        "user": trace.user_id,
        "request": labels.client_request_id if labels else None,
        "cost": format.cost_in_words(trace.cost_usd, trace.calls_without_price),
    }
    if any(facts.values()):
        document.heading("Trace")
        for label, text in facts.items():
            if text:
                document.fact(label, safe_line(text), copied=text)
    if labels is not None:
        _named_values(document, "Tags", labels.tags)
        _named_values(document, "Metadata", labels.metadata)


def _named_values(document: Document, title: str, values: Mapping[str, str]) -> None:
    shown = {name: value for name, value in values.items() if name not in _SHOWN_AS_FACTS}
    if shown:
        document.heading(title, str(len(shown)))
        for name, value in shown.items():
            document.value(name, value, keyed=True)


def assessment_lines(document: Document, assessments: Iterable[AssessmentRow]) -> None:
    """Add feedback, expectations and issues, except those that a later one overrides."""
    by_kind: dict[str, list[AssessmentRow]] = {}
    for one in assessments:
        if one.valid:
            by_kind.setdefault(one.kind, []).append(one)
    for kind, found in by_kind.items():
        document.heading(_ASSESSMENT_TITLES.get(kind, safe_line(kind)), str(len(found)))
        for one in found:
            _assessment(document, one)


def _assessment(document: Document, one: AssessmentRow) -> None:
    if one.error is None:
        document.value(one.name, one.value, keyed=True)
    else:
        lead = safe_line(one.name) + ": "
        error = ": ".join(str(part) for key in ("error_code", "error_message") if (part := one.error.get(key)))
        document.line(one.name, one.error, Line(safe_line(error or "failed"), "error", 0, lead))
    if one.rationale:
        document.value("because", one.rationale, keyed=True, indent=2)
    source: list[Any] = [one.source_type.lower().replace("_", " "), one.source_id]
    document.lines.append(Line(safe_line(" · ".join(str(part) for part in source if part)), "dim", 2))
