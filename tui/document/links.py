"""The links of a span as lines of the details; Enter follows a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...store.model.decoding import links_of
from ...store.text.safe_text import safe_line
from .lines import Line
from .value import value_lines

if TYPE_CHECKING:
    from ...store.model.rows import SpanDetail
    from .document import Document


def link_lines(document: Document, detail: SpanDetail) -> None:
    """Add the linked spans, each with the attributes of its link."""
    links = links_of(detail)
    if not links:
        return
    document.heading("Links", str(len(links)))
    for link in links:
        if not isinstance(link, Mapping):
            document.value("link", link)
            continue
        trace_id, span_id = str(link.get("trace_id", "")), str(link.get("span_id", ""))
        document.line("link", dict(link), Line(safe_line(f"{trace_id} · {span_id}"), "link", 0, "→ ", "dim"))
        number = len(document.values) - 1
        document.values[number].leads_to = trace_id, span_id
        attributes = link.get("attributes")
        if isinstance(attributes, Mapping) and attributes:
            document.preview(value_lines(attributes, indent=2, number=number), number)
