"""One comparison, flag or text as an SQL condition on a span and its trace.

A condition is 1 where it holds and 0 or NULL where it does not, so a missing value fails every
comparison; only `is null` and `not` see what is missing.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable

from ..fields import flags
from ..fields.relatives import PARENT
from ..tree.field_kinds import (
    Attribute,
    Column,
    Document,
    Everywhere,
    Field,
    Keyed,
    Relative,
)
from ..tree.nodes import NEGATED, Compare, Flag, Leaf, Text
from ..tree.spelling import spell
from . import dynamic, matching
from .anywhere import content_condition, text_anywhere
from .block_search import stored_contains
from .column_conditions import column_condition
from .keyed_rows import keyed_rows, type_of
from .place import FALSE, TRUE, Place


class Context(Place):
    """Makes the conditions of one place."""

    def condition(self, leaf: Leaf) -> str:
        """The SQL of one leaf. The leaf is bound, see `fields.bind`."""
        if isinstance(leaf, Flag):
            return flags.meaning(leaf).sql.format(s=self.span)
        if isinstance(leaf, Text):
            return text_anywhere(self, leaf.text)
        return self._compare(leaf.field.bound, leaf)

    def _compare(self, field: Field, leaf: Compare) -> str:
        match field:
            case Column():
                return column_condition(self, field, leaf)
            case Attribute():
                return self._attribute(field, leaf)
            case Keyed():
                return self._keyed(field, leaf)
            case Document():
                return self._document(field, leaf)
            case Everywhere():
                return content_condition(self, leaf)
            case Relative():
                return self._relative(field, leaf)

    def attribute_row(self, attribute: Attribute, leaf: Compare) -> tuple[int, str] | None:
        """The key and the condition on a row `a` of the attr table; None when no such row can exist."""
        if leaf.op in ("is null", "is not null"):
            sql = dynamic.PRESENT.format(v="a")
        else:
            positive, denied = dynamic.condition(self.bind, "a", leaf, attribute.key)
            sql = f"({dynamic.PRESENT.format(v='a')} AND ({positive}) IS NOT TRUE)" if denied else positive
        key = self.keys.get(attribute.key)
        return None if key is None else (key, sql)

    def _attribute(self, attribute: Attribute, leaf: Compare) -> str:
        row = self.attribute_row(attribute, leaf)
        if row is None:
            return TRUE if leaf.op == "is null" else FALSE
        key = self.bind(row[0])
        found = f"EXISTS (SELECT 1 FROM attr_texts a WHERE a.key = {key} AND a.span = {self.span}.id AND {row[1]})"
        return f"NOT {found}" if leaf.op == "is null" else found

    def _keyed(self, field: Keyed, leaf: Compare) -> str:
        rows = keyed_rows(self, field)
        exists = f"EXISTS (SELECT 1 FROM ({rows}) d WHERE {{}})"
        present = exists.format(dynamic.PRESENT.format(v="d"))
        if leaf.op in ("is null", "is not null"):
            return present if leaf.op == "is not null" else f"NOT {present}"
        positive, denied = dynamic.condition(self.bind, "d", leaf, field.key)
        found = exists.replace("{}", positive)
        return f"({present} AND NOT {found})" if denied else found

    def document_row(self, document: Document, leaf: Compare) -> str:
        """The condition on a row `y` of the payload table. Negative operators give the positive one's condition."""
        stored = f"y.{document.column}"
        sql = f"y.whole_{document.column}"
        op = NEGATED.get(leaf.op, leaf.op)
        match op:
            case "is not null":
                return f"{stored} IS NOT NULL"
            case "~":
                return stored_contains(self, stored, leaf.values[0].text)
            case "=~" | "rlike":
                return matching.regex(self.bind, sql, leaf.values[0], smart_case=op == "=~")
            case "like" | "ilike":
                return matching.like(self.bind, sql, leaf.values[0].text, case_sensitive=op == "like")
            case _:
                rows = (
                    f"SELECT json_extract(z.text, '$') AS value, {type_of('json_type(z.text)')} AS type"
                    f" FROM (SELECT {sql} AS text LIMIT 1) z WHERE json_valid(z.text)"
                )
                positive, _ = dynamic.condition(self.bind, "d", Compare(leaf.field, op, leaf.values), spell(leaf.field))
                return f"EXISTS (SELECT 1 FROM ({rows}) d WHERE {positive})"

    def _document(self, document: Document, leaf: Compare) -> str:
        exists = f"EXISTS (SELECT 1 FROM payload_texts y WHERE y.span = {self.span}.id AND {{}})"
        found = exists.replace("{}", self.document_row(document, leaf))
        if leaf.op == "is null":
            return f"NOT {found}"
        if leaf.op in NEGATED:
            return f"({exists.replace('{}', f'y.{document.column} IS NOT NULL')} AND NOT {found})"
        return found

    def _relative(self, field: Relative, leaf: Compare) -> str:
        op = "is not null" if leaf.op == "is null" else leaf.op
        place, condition = self.at_relative(
            field, lambda there: there._compare(field.field, Compare(leaf.field, op, leaf.values, leaf.column))
        )
        found = f"EXISTS (SELECT 1 FROM {place} AND {condition})"
        return f"NOT {found}" if leaf.op == "is null" else found

    def at_relative(self, field: Relative, made: Callable[[Context], str]) -> tuple[str, str]:
        """Where the root or the parent is found, and what `made` makes there."""
        other = f"s{self.hops + 1}"
        there = Context(self.keys, self.parameters, span=other, hops=self.hops + 1)
        sql = made(there)
        if field.relation == "root":
            self.trace_used = True
            return f"span {other} WHERE {other}.id = t.root", sql
        self.trace_used |= there.trace_used
        place = PARENT.format(s=self.span).replace(" WHERE", f" CROSS JOIN span {other} ON {other}.id = x.id WHERE")
        return place, sql
