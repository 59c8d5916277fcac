"""What the details say of a trace beside its spans: labels, sessions, feedback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import EPOCH_NS, TraceFile
from tests.support.pilot import WIDE, ready, shown, wait_for
from tests.tui.conftest import explorer
from tracetui.store.model.rows import AssessmentRow, TraceRow
from tracetui.store.read.reader import TraceLabels
from tracetui.store.text.safe_text import find_unsafe
from tracetui.tui.document.document import Document
from tracetui.tui.document.trace import assessment_lines, trace_lines


def trace_row(**columns: Any) -> TraceRow:
    """A trace of which only `columns` are known."""
    return TraceRow._make(columns.get(name) for name in TraceRow._fields)


def assessment(**columns: Any) -> AssessmentRow:
    """Feedback of a person that a trace is right, but for `columns`."""
    usual: dict[str, Any] = {"kind": "feedback", "name": "correct", "value": True, "source_type": "HUMAN", "valid": 1}
    return AssessmentRow._make((usual | columns).get(name) for name in AssessmentRow._fields)


def texts(document: Document) -> list[str]:
    """The lines as they are read."""
    return [line.lead + line.text for line in document.lines]


def test_assessments_name_their_source_and_reason() -> None:
    """One reads what was said, why, and who said it; what was overridden does not count."""
    document = Document()
    assessment_lines(
        document,
        [
            assessment(source_id="ada", rationale="cites the manual"),
            assessment(name="style", value=3, valid=0),
            assessment(name="grounded", value=None, source_type="LLM_JUDGE", error={"error_code": "TIMEOUT"}),
            assessment(kind="expectation", name="answer", value="30 days"),
        ],
    )
    assert texts(document) == [
        "Feedback  2",
        "correct: true",
        "because: cites the manual",
        "human · ada",
        "grounded: TIMEOUT",
        "llm judge",
        "",
        "Expected  1",
        "answer: 30 days",
        "human",
    ]


def test_trace_without_labels_has_no_part_of_its_own() -> None:
    """Where nothing was told, nothing is said."""
    document = Document()
    trace_lines(document, trace_row(), TraceLabels(None, {}, {}))
    assert document.lines == []


@given(st.text(), st.text())
def test_text_told_of_a_trace_is_safe_and_copied_whole(name: str, text: str) -> None:
    """Whatever was attached reaches the screen as safe text, and the clipboard as it was."""
    document = Document()
    labels = TraceLabels(text, {name: text}, {name: text})
    trace_lines(document, trace_row(session_id=text, user_id=text), labels)
    assessment_lines(
        document,
        [
            assessment(name=name, value=text, rationale=text, source_id=text, source_type=text, kind=name),
            assessment(name=name, error={"error_code": text, "error_message": text}),
        ],
    )
    assert not [line for line in texts(document) if find_unsafe(line)]
    copied = [value.text() for value in document.values]
    assert not text or copied[:5] == [text] * 5


async def test_root_span_shows_what_was_told_of_its_trace(tmp_path: Path) -> None:
    """Session, user, request, tags, metadata and feedback stand with the root; a child has only its own feedback."""
    path = tmp_path / "traces.db"
    file = TraceFile(path)
    trace = file.trace(
        session_id="s-42",
        user_id="ada",
        client_request_id="req-7",
        tags=json.dumps({"release": "may"}),
        metadata=json.dumps({"mlflow.trace.session": "s-42", "git.branch": "main"}),
    )
    root = trace.span("root")
    child = trace.span("child", parent=root)
    for number, (span_id, name) in enumerate([(None, "helpful"), (child.span_id, "grounded")]):
        row = {"assessment_id": f"a-{number}", "trace": trace.id, "span_id": span_id, "kind": "feedback", "name": name}
        times = {"created_ns": EPOCH_NS, "updated_ns": EPOCH_NS, "rev": file.next_rev()}
        file.insert("assessment", {**row, "value": 1, "type": "bool", "source_type": "HUMAN", **times})
    file.close()
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await wait_for(pilot, lambda: "req-7" in shown(screen), "the details of the root")
        text = shown(screen)
        for told in ("session   s-42", "user      ada", "release: may", "git.branch: main", "helpful: true"):
            assert told in text
        assert "mlflow.trace.session" not in text
        assert "grounded" not in text
        await pilot.press("enter", "down")
        await wait_for(pilot, lambda: "grounded: true" in shown(screen), "the details of the child")
        assert "release: may" not in shown(screen)
        assert "helpful" not in shown(screen)


async def test_a_provider_alone_is_not_called_a_model(tmp_path: Path) -> None:
    """Some spans tell who answered and not which model."""
    path = tmp_path / "traces.db"
    file = TraceFile(path)
    file.trace().span("call", kind="LLM", provider="openai")
    file.close()
    app = explorer(path)
    async with app.run_test(size=WIDE) as pilot:
        screen = await ready(pilot, app, traces=1)
        await wait_for(pilot, lambda: "provider  openai" in shown(screen), "the details of the call")
        assert "model     openai" not in shown(screen)
