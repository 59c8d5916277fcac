"""A text in any place of a span: its name, status message, inputs, outputs, events and attributes."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from typing import Any

from ..tree.nodes import NEGATED, Compare
from . import matching
from .block_search import stored_contains, whole_text
from .place import TRUE, Place

_NUMERIC = frozenset("0123456789.+-e")
"""What the text of a number is made of; other text is not looked for in numbers."""


def text_anywhere(place: Place, text: str) -> str:
    """Whether a bare word or quoted text of a filter is in the span, as SQL."""
    if not text:
        return TRUE

    def test(sql: str, json_text: bool) -> str:
        if not json_text:
            return matching.contains(place.bind, sql, text)
        return stored_contains(place, sql, text)

    return _anywhere(
        place, test, "" if _NUMERIC.issuperset(text.casefold()) else "typeof(a.value) IN ('text', 'blob') AND "
    )


def content_condition(place: Place, leaf: Compare) -> str:
    """A comparison of `content`, which is all the text of the span, as SQL."""
    op = NEGATED.get(leaf.op, leaf.op)
    value = leaf.values[0]

    def test(sql: str, json_text: bool) -> str:
        if op == "~" and json_text:
            return stored_contains(place, sql, value.text)
        sql = whole_text(sql) if json_text else sql
        if op in ("like", "ilike"):
            return matching.like(place.bind, sql, value.text, case_sensitive=op == "like")
        if op == "~":
            return matching.contains(place.bind, sql, value.text)
        return matching.regex(place.bind, sql, value, smart_case=op == "=~")

    found = _anywhere(place, test, with_names=True)
    return f"NOT {found}" if op != leaf.op else found


def _anywhere(place: Place, test: Any, attribute_first: str = "", *, with_names: bool = False) -> str:
    # With names: also in the kind of the span and in the names of its attributes.
    span = "x" if place.in_slice else place.span
    columns = ("name", "status_message", "kind") if with_names else ("name", "status_message")
    own = " OR ".join(test(f"{span}.{column}", False) for column in columns)
    payload = " OR ".join(test(f"y.{column}", True) for column in ("inputs", "outputs", "events"))
    attribute = f"{attribute_first}a.type IS NOT 'bool' AND {test('a.value', True)}"
    if with_names:
        attribute = f"{test('n.name', False)} OR ({attribute})"
    if place.in_slice:
        # One pass over each narrow table for the whole slice; an attribute at a time, as they are stored.
        return (
            f"{place.span}.id IN (SELECT x.id FROM span x WHERE x.id BETWEEN :first AND :last AND ({own})"
            f" UNION ALL SELECT y.span FROM payload_texts y WHERE y.span BETWEEN :first AND :last AND ({payload})"
            " UNION ALL SELECT a.span FROM attr_key n CROSS JOIN attr_texts a ON a.key = n.id"
            f" AND a.span BETWEEN :first AND :last WHERE {attribute})"
        )
    names = " CROSS JOIN attr_key n ON n.id = k.value" if with_names else ""
    return (
        f"({own} OR EXISTS (SELECT 1 FROM payload_texts y WHERE y.span = {span}.id AND ({payload}))"
        f" OR EXISTS (SELECT 1 FROM json_each({span}.attr_keys) k{names} CROSS JOIN attr_texts a ON a.key = k.value"
        f" AND a.span = {span}.id WHERE {attribute}))"
    )
