"""Redaction and size limits for edits (tags, metrics, assessments), applied on the writer thread before the write."""

from __future__ import annotations

from ...store.write.edits import ChangeTag, Edit, LogMetric, SaveAssessment
from .. import redaction
from ..settings.settings import config
from ..values import limits
from .withhold import WITHHELD, warn_of_failed_redaction


def prepare_edit(edit: Edit) -> Edit:
    """The edit that is written; where redaction fails, the values of the edit are withheld."""
    try:
        return _limited(_redacted(edit) if config.redact else edit)
    except Exception as error:
        warn_of_failed_redaction(error, type(edit).__name__)
        return _withheld(edit)


def _redacted(edit: Edit) -> Edit:
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


def _limited(edit: Edit) -> Edit:
    """The edit within the limits of names and values; the texts themselves note what was cut."""
    most = config.max_value_bytes
    if isinstance(edit, ChangeTag):
        return edit._replace(key=limits.truncate_name(edit.key), value=edit.value and limits.truncate(edit.value, most))
    if isinstance(edit, LogMetric):
        return edit._replace(key=limits.truncate_name(edit.key))
    if isinstance(edit, SaveAssessment):
        row = edit.row
        return edit._replace(
            row=row._replace(
                name=limits.truncate_name(row.name),
                value=limits.truncate(row.value, most),
                error=row.error and limits.truncate(row.error, most),
                rationale=row.rationale and limits.truncate(row.rationale, most),
                metadata=limits.truncate_entries(row.metadata, most, config.max_span_bytes)[0],
            )
        )
    return edit


def _withheld(edit: Edit) -> Edit:
    if isinstance(edit, ChangeTag):
        return edit._replace(value=WITHHELD)
    if isinstance(edit, SaveAssessment):
        return edit._replace(row=edit.row._replace(value=WITHHELD, error=None, rationale=None, metadata={}))
    return edit
