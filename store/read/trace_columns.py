"""What a list of traces shows beyond the rows of the traces: which columns have values, and columns made on request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..model import decoding
from ..model.rows import MODEL_CALLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .reader import Reader

MOST_SPANS = 1_000
"""The spans of a trace in which an attribute is looked for."""

_LONGEST = {
    "name": "length(t.name)",
    "ttft": "t.ttft_ms IS NOT NULL",
    "tokens": "coalesce(t.input_tokens, t.output_tokens) IS NOT NULL",
    "cost": "coalesce(t.cost_usd, nullif(t.calls_without_price, 0)) IS NOT NULL",
    "model": "length(t.model)",
    "session": "length(t.session_id)",
    "user": "length(t.user_id)",
    "errors": "t.error_count > 0",
    "tags": "length(nullif(t.tags, '{}'))",
    "kept": """instr(t.tags, '"starred"') > 0
        OR EXISTS (SELECT 1 FROM assessment a WHERE a.trace = t.id AND a.kind = 'feedback' AND a.name = 'feedback')""",
}
_FILLED_SQL = (
    f"SELECT {', '.join(f'max({length})' for length in _LONGEST.values())},"  # noqa: S608 (our own words)
    " CAST(min(t.name) AS TEXT), CAST(max(t.name) AS TEXT) FROM trace t WHERE t.id BETWEEN ? AND ?"
)

_PEAK_TOKENS = f"""
    SELECT t.id, (SELECT max(s.input_tokens) FROM span s WHERE s.trace = t.id
        AND s.kind IN ({", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))})), NULL
    FROM json_each(?) i CROSS JOIN trace t ON t.id = i.value"""  # noqa: S608 (our own words)

_ATTRIBUTE = f"""
    SELECT t.id, a.text, a.type FROM json_each(?) i CROSS JOIN trace t ON t.id = i.value CROSS JOIN attr_texts a
    ON a.key = ? AND a.span = (SELECT b.span FROM
        (SELECT s.id FROM span s WHERE s.trace = t.id ORDER BY s.id LIMIT {MOST_SPANS}) s
        CROSS JOIN attr b ON b.key = a.key AND b.span = s.id LIMIT 1)"""  # noqa: S608

_TAGS = "SELECT t.id, CAST(t.tags AS TEXT) FROM trace t WHERE t.id IN (SELECT value FROM json_each(?))"

_KEPT = """SELECT t.id, CAST(t.tags AS TEXT),
    (SELECT group_concat(DISTINCT a.value) FROM assessment a WHERE a.trace = t.id AND a.kind = 'feedback'
        AND a.name = 'feedback' AND a.type = 'bool' AND a.valid)
    FROM trace t WHERE t.id IN (SELECT value FROM json_each(?))"""


class Kept(NamedTuple):
    """What people have said of a trace, as signs in a list."""

    is_starred: bool
    is_liked: bool
    """Whether there is a thumb up, for the trace or a span."""
    is_disliked: bool


class Filled(NamedTuple):
    """Which columns have a value in some row, and the range of the names."""

    longest: Mapping[str, int] = {}
    """The characters of the longest value of each column with values; 1 for numbers."""
    least_name: str | None = None
    greatest_name: str | None = None

    @property
    def has_one_name(self) -> bool:
        """Whether all traces have the same name, which tells nothing."""
        return self.least_name == self.greatest_name


def both(one: Filled, other: Filled) -> Filled:
    """Return what is known after both looks."""
    longest = {key: max(one.longest.get(key, 0), other.longest.get(key, 0)) for key in {*one.longest, *other.longest}}
    least = [name for name in (one.least_name, other.least_name) if name is not None]
    greatest = [name for name in (one.greatest_name, other.greatest_name) if name is not None]
    return Filled(longest, min(least, default=None), max(greatest, default=None))


def filled_between(reader: Reader, first: int, last: int) -> Filled:
    """Return which columns the traces with first <= id <= last fill; takes 40 ms for 100,000 traces."""
    for *lengths, least, greatest in reader.rows(_FILLED_SQL, first, last):
        return Filled({key: chars for key, chars in zip(_LONGEST, lengths, strict=True) if chars}, least, greatest)
    return Filled()


def values_of(reader: Reader, key: str, traces: Sequence[int]) -> Mapping[int, Any]:
    """Map the id of each of these traces to its value of a column: `tags`, `kept`, `peak`, or `attr:` and a name.

    Traces without a value are left out.
    """
    if key == "tags":
        return tags_of(reader, traces)
    if key == "kept":
        return kept_of(reader, traces)
    if key == "peak":
        return peak_tokens_of(reader, traces)
    return attribute_of(reader, key.removeprefix("attr:"), traces)


def tags_of(reader: Reader, traces: Sequence[int]) -> dict[int, dict[str, str]]:
    """Map the id of each of these traces to its tags."""
    return {trace: decoding.strings(tags) for trace, tags in reader.rows(_TAGS, json.dumps(list(traces)))}


def kept_of(reader: Reader, traces: Sequence[int]) -> dict[int, Kept]:
    """Map the id of each of these traces that has a star or a thumb to both."""
    found = {
        trace: Kept(decoding.strings(tags).get("starred") == "true", "1" in (thumbs or ""), "0" in (thumbs or ""))
        for trace, tags, thumbs in reader.rows(_KEPT, json.dumps(list(traces)))
    }
    return {trace: kept for trace, kept in found.items() if any(kept)}


def peak_tokens_of(reader: Reader, traces: Sequence[int]) -> dict[int, int]:
    """Map the id of each of these traces to the most input tokens of one of its model calls."""
    rows = reader.rows(_PEAK_TOKENS, json.dumps(list(traces)))
    return {trace: peak for trace, peak, _ in rows if peak is not None}


def attribute_of(reader: Reader, name: str, traces: Sequence[int]) -> dict[int, Any]:
    """Map the id of each of these traces to the attribute `name` of its first span that has it."""
    key = reader.attribute_key_ids().get(name)
    if key is None:
        return {}
    return {
        trace: decoding.attribute_value(value, type)
        for trace, value, type in reader.rows(_ATTRIBUTE, json.dumps(list(traces)), key)
    }
