"""What a line of the details shows, as a field and a value of the filter language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..document.lines import HEADING, WHOLE
from ..document.value_text import text_of
from .facet import CONTAINS, Facet, text_facet

if TYPE_CHECKING:
    from ..document.lines import Line
    from ..reading.details import Details

_FACTS = {
    "model": "model",
    "provider": "provider",
    "answered by": "response_model",
    "session": "session",
    "user": "user",
    "request": "trace.client_request_id",
    "trace": "trace_id",
    "span": "id",
    "parent": "parent_id",
    "thread": "thread",
}
"""The field of each fact; other facts are measures, or several things at once."""
_SCOPES = {"Tags": "tag", "Metadata": "metadata", "Feedback": "feedback", "Expected": "expectation"}
"""The scope of the names below each heading."""
_PAYLOADS = {"Inputs": "input", "Outputs": "output"}


def line_facet(details: Details) -> Facet | None:
    """Returns the facet of the line under the cursor; None for a line that stands for no single field."""
    rows, cursor = details.rows, details.cursor
    value = details.value_at_cursor()
    if value is None:
        return None
    line, section = rows[cursor], _section(rows, cursor)
    if section in _PAYLOADS:
        return _of_payload(_PAYLOADS[section], line)
    if section == "Attributes":
        return _keyed("", value.title, value.stored)
    if section in _SCOPES:
        return _keyed(_SCOPES[section], value.title, value.stored)
    if section == "Exception":
        return _of_exception(value.title, str(value.stored))
    if section == "Error":
        return text_facet("error", "error", str(value.stored))
    if value.title == "status":
        return Facet("status", "status", str(value.stored).split(" · ")[0])
    if (field := _FACTS.get(value.title)) is not None:
        text = str(value.stored).split(" · ")[0] if value.title in ("model", "provider") else str(value.stored)
        return text_facet(value.title, field, text)
    return None


def _of_exception(title: str, text: str) -> Facet:
    if title == "exception":
        return Facet("error", "error", text.partition(": ")[0])
    return text_facet("stack", "event.`exception.stacktrace`", text.strip().splitlines()[-1])._replace(op=CONTAINS)


def _section(rows: Sequence[Line], cursor: int) -> str:
    for row in range(cursor, -1, -1):
        if rows[row].lead_style == HEADING and rows[row].lead:
            return rows[row].lead.strip()
    return ""


def _of_payload(field: str, line: Line) -> Facet | None:
    part = line.part
    if part is WHOLE or (isinstance(part, Mapping | list | tuple) and not line.path):
        return None
    named = _path_field(field, line.path or ())
    if named is None or isinstance(part, Mapping | list | tuple):
        text = part if isinstance(part, str) else None if isinstance(part, Mapping | list | tuple) else text_of(part)
        return None if text is None else text_facet(field, field, text)._replace(op=CONTAINS)
    return _scalar(named, named, part)


def _path_field(field: str, path: Sequence[str | int]) -> str | None:
    from ...store.filter.tree.nodes import Name
    from ...store.filter.tree.spelling import spell

    parts = [str(one) for one in path]
    if not parts or any(not part or "." in part or '"' in part or "\0" in part for part in parts):
        return None
    if any(isinstance(one, str) and one.isdecimal() for one in path):
        return None  # the language would read it as a place in a list
    return spell(Name(field, ".".join(parts)))


def _keyed(scope: str, key: str, value: Any) -> Facet | None:
    from ...store.filter.fields.resolve import resolve
    from ...store.filter.tree.field_kinds import Attribute
    from ...store.filter.tree.nodes import Name
    from ...store.filter.tree.spelling import spell, split_scope

    if not scope:
        is_plain = not split_scope(key)[0] and isinstance(resolve(Name("", key)), Attribute)
        scope = "" if is_plain else "attr"
    return _scalar(key, spell(Name(scope, key)), value)


def _scalar(label: str, field: str, value: Any) -> Facet | None:
    if isinstance(value, bool | int | float):
        return Facet(label, field, value)
    if isinstance(value, str):
        return text_facet(label, field, value)
    if isinstance(value, list) and value and isinstance(value[0], str):
        return text_facet(label, field, value[0])  # an array is equal to each of its elements
    return None
