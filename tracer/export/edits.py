"""The net for secrets, and the limits, before what is said of traces in the file: tags, metrics, assessments.

On the writer thread.
"""

from __future__ import annotations

from ...store.write.edits import ChangeTag, Edit, LogMetric, SaveAssessment
from .. import guard, redaction
from ..settings.settings import config
from ..values import limits

WITHHELD = "[withheld: redaction failed]"


def prepare(edit: Edit) -> Edit:
    """The edit as it may be written; where redaction fails, what it carries is withheld."""
    try:
        return _bounded(_cleaned(edit) if config.redact else edit)
    except Exception as error:
        if guard.strict:
            guard.fault("redacting an edit")
        guard.warn("redaction", f"redacting {type(edit).__name__} failed: {error!r}; what it carried is withheld")
        return _withheld(edit)


def _cleaned(edit: Edit) -> Edit:
    if isinstance(edit, ChangeTag) and edit.value is not None:
        ((key, value),) = redaction.clean({edit.key: edit.value}).items()
        return edit._replace(key=key, value=value if isinstance(value, str) else str(value))
    if isinstance(edit, SaveAssessment):
        row = edit.row
        ((name, value),) = redaction.clean({row.name: row.value}).items()
        rationale = row.rationale and redaction.clean_text(row.rationale)
        return edit._replace(
            row=row._replace(
                name=name,
                value=value,
                error=row.error and redaction.clean(row.error),
                rationale=rationale,
                metadata=redaction.clean(row.metadata),
            )
        )
    return edit


def _bounded(edit: Edit) -> Edit:
    """Within the limits of names and values; the notes stand in the texts themselves."""
    most = config.max_value_bytes
    if isinstance(edit, ChangeTag):
        return edit._replace(key=limits.cut_name(edit.key), value=edit.value and limits.cut(edit.value, most))
    if isinstance(edit, LogMetric):
        return edit._replace(key=limits.cut_name(edit.key))
    if isinstance(edit, SaveAssessment):
        row = edit.row
        return edit._replace(
            row=row._replace(
                name=limits.cut_name(row.name),
                value=limits.cut(row.value, most),
                error=row.error and limits.cut(row.error, most),
                rationale=row.rationale and limits.cut(row.rationale, most),
                metadata=limits.cut_entries(row.metadata, most, config.max_span_bytes)[0],
            )
        )
    return edit


def _withheld(edit: Edit) -> Edit:
    if isinstance(edit, ChangeTag):
        return edit._replace(value=WITHHELD)
    if isinstance(edit, SaveAssessment):
        return edit._replace(row=edit.row._replace(value=WITHHELD, error=None, rationale=None, metadata={}))
    return edit
