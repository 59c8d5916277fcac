"""Notes in place of what could not be redacted: it is never written as it was."""

from __future__ import annotations

from ...store.model.rows import UNSET
from .. import guard
from .export_span import ExportSpan

WITHHELD = "[withheld: redaction failed]"
"""In place of the value of a tag or an assessment."""


def withhold(span: ExportSpan, reason: str) -> None:
    """Replace everything that the span carries by a note, except for numbers and the ids of links."""
    note = f"[withheld: {reason}]"
    span.attribute_values = {
        key: value for key, value in span.attribute_values.items() if type(value) in (int, float, bool)
    } | {"tracetui.withheld": reason}
    span.inputs_value = UNSET if span.inputs_value is UNSET else note
    span.outputs_value = UNSET if span.outputs_value is UNSET else note
    span.status_message = None if span.status_message is None else note
    span.event_list = None
    span.payloads = []
    span.inputs_json = span.outputs_json = span.events_json = span.links_json = None
    span.attachments = ()
    if span.link_list:
        span.link_list = [{**link, "attributes": {}} for link in span.link_list]


def warn_of_failed_redaction(error: Exception, what: str) -> None:
    """Warn that `what` is withheld because redacting it raised `error`."""
    if guard.strict:
        guard.fault(f"redacting {what}")
    guard.warn("redaction", f"redacting {what} failed: {error!r}; what it carried is withheld")
