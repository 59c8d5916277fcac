"""Trace ids as programs write them."""

from __future__ import annotations

from typing import Any

from ..exceptions import InvalidValueError

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def strip_prefix(trace_id: str) -> str:
    """The 32 hex digits that name a trace in the file. Raises ValueError for an id that has none.

    They may carry MLflow's `tr-`, a place in Unity Catalog (`trace:/catalog.schema/<id>`), or the dashes of a UUID.
    """
    text = str(trace_id).strip()
    digits = (text.rpartition("/")[2] if text.startswith("trace:/") else text).removeprefix("tr-").lower()
    if len(digits) == 36 and digits[8:24:5] == "----":
        digits = digits.replace("-", "")
    if not _are_digits(digits):
        raise InvalidValueError(f"{trace_id!r} is no trace id: it has 32 hex digits")
    return digits


def as_named(trace_id: Any) -> str:
    """A trace id as an entity holds it: 32 hex digits, or text of another form as it is, such as `tr-custom`.

    Raises ValueError for what is no text, or empty.
    """
    if not isinstance(trace_id, str) or not trace_id.strip():
        raise InvalidValueError(f"{trace_id!r} is no trace id")
    digits = trace_id.strip().removeprefix("tr-").lower()
    return digits if _are_digits(digits) else trace_id


def with_prefix(trace_id: str) -> str:
    """An id of an entity as MLflow's JSON has it: hex digits with `tr-`, other text as it is."""
    return f"tr-{trace_id}" if _are_digits(trace_id) else trace_id


def _are_digits(text: str) -> bool:
    return len(text) == 32 and HEX_DIGITS.issuperset(text)
