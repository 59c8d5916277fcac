"""A link from one span to another span that is not its parent, in the same trace or in another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..values.bounds import finite_entries
from .ids import LOWERCASE_HEX_DIGITS


class Link:
    """The ids of the linked span, and attributes of the relation or None, as MLflow has them.

    `trace_id` may have MLflow's prefix `tr-`. The `links` of a span have plain lowercase hex digits. `tracestate` and
    `flags` come from the W3C headers of the linked span, if it had any.
    """

    __slots__ = ("attributes", "flags", "span_id", "trace_id", "tracestate")

    def __init__(
        self,
        trace_id: str,
        span_id: str,
        attributes: Mapping[str, Any] | None = None,
        *,
        tracestate: str | None = None,
        flags: int | None = None,
    ) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.attributes = None if attributes is None else dict(finite_entries(attributes))
        self.tracestate = tracestate
        self.flags = flags

    def to_dict(self) -> dict[str, Any]:
        """Return trace_id, span_id and attributes."""
        return {"trace_id": self.trace_id, "span_id": self.span_id, "attributes": self.attributes}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Link:
        """Return the link of a dict made by `to_dict`. Raises KeyError for a dict without ids."""
        return cls(document["trace_id"], document["span_id"], document.get("attributes"))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Link:
        """Return a link from the form in which links are recorded and stored."""
        return cls(
            str(record.get("trace_id")),
            str(record.get("span_id")),
            record.get("attributes") or None,
            tracestate=record.get("tracestate"),
            flags=record.get("flags"),
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Link):
            return NotImplemented
        return (self.trace_id, self.span_id, self.attributes) == (other.trace_id, other.span_id, other.attributes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Link(trace_id={self.trace_id!r}, span_id={self.span_id!r}, attributes={self.attributes!r})"


def link_ids(link: Any) -> dict[str, Any]:
    """Return the ids of a link as they are stored: 32 and 16 hex digits, and W3C `flags` and `tracestate` if any.

    Raises ValueError for a link without valid ids.
    """
    trace_id, span_id = getattr(link, "trace_id", None), getattr(link, "span_id", None)
    flags, tracestate = getattr(link, "flags", None), getattr(link, "tracestate", None)
    headers = ({} if flags is None else {"flags": flags}) | ({} if tracestate is None else {"tracestate": tracestate})
    if flags is not None and isinstance(trace_id, str) and isinstance(span_id, str):  # from OpenTelemetry
        return {"trace_id": trace_id, "span_id": span_id, **headers}
    if isinstance(trace_id, str) and isinstance(span_id, str):
        # MLflow's third form is `trace:/<location>/<hex>`.
        trace_digits = _digits(trace_id.rpartition("/")[2].removeprefix("tr-"), 32)
        span_digits = _digits(span_id, 16)
        if trace_digits and span_digits:
            return {"trace_id": trace_digits, "span_id": span_digits}
    raise ValueError(f"{link!r} has no valid ids: a link has a trace id of 32 hex digits and a span id of 16")


def _digits(text: str, count: int) -> str:
    """Return an id of `count` digits. Returns an empty text if `text` is no id, or zero, which no span has."""
    digits = text.strip().lower().removeprefix("0x")
    if not digits or len(digits) > count or not LOWERCASE_HEX_DIGITS.issuperset(digits) or not digits.strip("0"):
        return ""
    return digits.zfill(count)
