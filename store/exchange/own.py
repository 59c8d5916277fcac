"""The JSON document of `tracetui export`, read back without loss; `read.trace_document` describes it."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..model.rows import CANCELLED, ERROR, LOST, NO_STATUS, OK, RUNNING, UNSET, AssessmentRow, AttachmentRecord
from .document import Batch, Batches, FormatError, Refuse, Resource, SpanDocument, TraceDocument
from .fields import entries, hex_bytes, integer, items, span_key, text, time_ns

FORMAT = "tracetui.trace"
_VERSIONS = (1, 2)
_ENDED = frozenset({OK, ERROR, CANCELLED, NO_STATUS})
_OPEN = frozenset({RUNNING, LOST})


def is_own(document: Any) -> bool:
    """Whether a JSON document is an exported trace."""
    return isinstance(document, Mapping) and document.get("format") == FORMAT


def read(document: Any, refuse: Refuse) -> Batches:
    """Return the spans of an exported trace by their process. Raises FormatError for any other document.

    `refuse` receives the reason for each span, assessment or attachment that cannot be kept.
    """
    if not is_own(document):
        raise FormatError(f'not an exported trace: "format" is not "{FORMAT}"')
    if document.get("version") not in _VERSIONS:
        raise FormatError(
            f"version {document.get('version')!r} of {FORMAT} is newer than this program; update tracetui"
        )
    trace = entries(document.get("trace"), "trace")
    trace_id = hex_bytes(trace.get("trace_id"), 16, "trace_id")
    process = entries(trace.get("process"), "process")
    spans: dict[Resource, list[SpanDocument]] = {}
    for one in items(document.get("spans"), "spans"):
        try:
            one = entries(one, "a span")
            spans.setdefault(_resource(process, one), []).append(_span(one, trace_id))
        except FormatError as error:
            refuse(str(error))
    labels = _labels(trace, trace_id, refuse)
    labels.attachments = list(_attachments(document, refuse))
    for resource, of_resource in spans.items():
        yield Batch(resource, of_resource, [labels])
        labels = TraceDocument(trace_id)


def _resource(process: Mapping[str, Any], span: Mapping[str, Any]) -> Resource:
    """Return the program of a span; only the process of the trace is described in full."""
    service, pid = span.get("service", process.get("service")), span.get("pid", process.get("pid"))
    is_first = (service, pid) == (process.get("service"), process.get("pid"))
    return Resource(
        text(service),
        host=text(process.get("host")),
        pid=pid if isinstance(pid, int) else 0,
        command=text(process.get("command")) if is_first else "",
        runtime=text(process.get("python")) if is_first else "",
    )


def _span(span: Mapping[str, Any], trace_id: bytes) -> SpanDocument:
    status = span.get("status")
    if status not in _ENDED | _OPEN:
        raise FormatError(f"the status of a span is unknown: {status!r:.60}")
    end = span.get("end_ns")
    parent = span.get("parent_id")
    thread = span.get("thread")
    return SpanDocument(
        trace_id=trace_id,
        span_id=span_key(span.get("span_id"), "span_id"),
        parent_id=None if parent is None else span_key(parent, "parent_id"),
        name=text(span.get("name")),
        kind=text(span.get("kind")) or "UNKNOWN",
        start_ns=time_ns(span.get("start_ns"), "start_ns"),
        end_ns=None if end is None else time_ns(end, "end_ns"),
        status=None if end is None else status,
        status_message=span.get("status_message") and text(span["status_message"]),
        attributes=dict(entries(span.get("attributes"), "attributes")),
        inputs=span.get("inputs", UNSET),
        outputs=span.get("outputs", UNSET),
        events=[
            {"name": event.get("name"), "time_ns": event.get("time_ns"), "attributes": event.get("attributes") or {}}
            for event in items(span.get("events"), "events")
            if isinstance(event, Mapping)
        ],
        links=[dict(link) for link in items(span.get("links"), "links") if isinstance(link, Mapping)],
        is_entry=parent is None,
        thread=thread if isinstance(thread, int) else 0,
    )


def _labels(trace: Mapping[str, Any], trace_id: bytes, refuse: Refuse) -> TraceDocument:
    def optional(name: str) -> str | None:
        return text(trace.get(name)) or None

    status = trace.get("status")
    labels = TraceDocument(
        trace_id,
        tags=_texts(trace.get("tags"), "tags"),
        metadata=_texts(trace.get("metadata"), "metadata"),
        session_id=optional("session_id"),
        user_id=optional("user_id"),
        client_request_id=optional("client_request_id"),
        request_preview=optional("request_preview"),
        response_preview=optional("response_preview"),
        state=status if status in _ENDED else None,
    )
    for assessment in items(trace.get("assessments"), "assessments"):
        try:
            labels.assessments.append(_assessment(entries(assessment, "an assessment")))
        except FormatError as error:
            refuse(str(error))
    return labels


def _assessment(one: Mapping[str, Any]) -> AssessmentRow:
    span = one.get("span_id")
    error = one.get("error")
    return AssessmentRow(
        assessment_id=text(one.get("assessment_id")),
        span_id=None if span is None else span_key(span, "span_id of an assessment"),
        kind=text(one.get("kind")),
        name=text(one.get("name")),
        value=one.get("value"),
        error=None if error is None else dict(entries(error, "error")),
        source_type=text(one.get("source_type")),
        source_id=one.get("source_id") and text(one["source_id"]),
        rationale=one.get("rationale") and text(one["rationale"]),
        metadata=_texts(one.get("metadata"), "metadata of an assessment"),
        created_ns=integer(one.get("created_ns"), "created_ns"),
        updated_ns=integer(one.get("updated_ns"), "updated_ns"),
        overrides=one.get("overrides") and text(one["overrides"]),
        valid=bool(one.get("valid", True)),
    )


def _attachments(document: Mapping[str, Any], refuse: Refuse) -> list[AttachmentRecord]:
    found: list[AttachmentRecord] = []
    for one in items(document.get("attachments"), "attachments"):
        one = entries(one, "an attachment")
        try:
            content = b64decode(text(one.get("base64")), validate=True)
        except binascii.Error:
            content = b""
        digest = sha256(content)
        if digest.hexdigest() == one.get("id"):
            found.append(AttachmentRecord(digest.digest(), text(one.get("content_type")), content))
        elif one.get("file"):
            refuse(f"the attachment {one.get('id')!r:.80} is in the file {one['file']!r}, not in the document")
        else:
            refuse(f"the bytes of the attachment {one.get('id')!r:.80} are not those of its id")
    return found


def _texts(value: Any, name: str) -> dict[str, str]:
    return {key: str(item) for key, item in entries(value, name).items()}
