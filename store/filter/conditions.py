"""One comparison, flag or text as an SQL condition on a span and its trace.

A condition is 1 where it holds and 0 or NULL where it does not, so a missing value fails every
comparison; only `is null` and `not` see what is missing.
"""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..schema import METADATA
from . import dynamic, flags, matching
from .columns import TRACE_NS
from .errors import FilterError
from .field_kinds import Attribute, Column, Document, Everywhere, Field, Keyed, Kind, Relative, Store
from .fields import resolve
from .kin import PARENT
from .literals import Quantity, quantity, storable
from .moments import moment
from .tree import NEGATED, Compare, Flag, Leaf, Name, Text, Value, spell

FALSE = "0"
"""The condition that never holds; `TRUE` always does. Whole branches fold into them."""
TRUE = "1"

_NUMERIC = frozenset("0123456789.+-e")
"""What the text of a number is made of; other text is not looked for in numbers."""

_TEXT_OPS = frozenset({"=", "~", "=~", "in", "like", "ilike", "rlike", "is not null"})
_NUMBER_OPS = frozenset({"=", ">", ">=", "<", "<=", "in", "between", "is not null"})
_EVENT = "CASE WHEN v.type = 'object' THEN v.value END"
_OF_SESSIONS = """SELECT o.session_id, o.id, b.value, b.type FROM assessment b CROSS JOIN trace o ON o.id = b.trace
    WHERE {said} AND o.session_id IS NOT NULL AND instr(b.metadata, '"mlflow.trace.session"')"""
"""What is said of a whole conversation: as in MLflow it stands with one of its traces, and its metadata name the
conversation."""

_CONTENT_OPS = frozenset({"~", "=~", "like", "ilike", "rlike"})


class Parameters:
    """The values of one plan, by the names its SQL calls them."""

    def __init__(self, now_ns: int, gone_json: str, *, utc: bool = False) -> None:
        self.values: dict[str, Any] = {"now": now_ns, "gone": gone_json}
        self.utc = utc
        """Whether times without a zone are UTC, not local."""
        self.tables: dict[str, str] = {}
        """Tables that stand in front of the questions that name them, see `kin.with_tables`."""

    @classmethod
    def continued(cls, values: Mapping[str, Any], tables: Mapping[str, str]) -> Parameters:
        """The values and tables of a plan, to which more are added."""
        more = cls(0, "")
        more.values, more.tables = dict(values), dict(tables)
        return more

    def table(self, columns: str, sql: str, *, kept: bool = False) -> str:
        """Keep a table made by `sql`, in which `{itself}` is its own name, and give that name.

        One that is `kept` is filled once and indexed, however often a question looks into it.
        """
        name = f"found_{len(self.tables)}"
        how = "AS MATERIALIZED" if kept else "AS"
        self.tables[name] = f"{name}({columns}) {how} ({sql.replace('{itself}', name)})"
        return name

    def bind(self, value: Any) -> str:
        """Keep `value` and give the parameter that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"


class Context:
    """Where a condition is evaluated: for one span `s` of trace `t`, in a slice of spans or alone."""

    def __init__(
        self, keys: Mapping[str, int], parameters: Parameters, *, in_slice: bool = False, span: str = "s", hops: int = 0
    ) -> None:
        self.keys = keys
        self.parameters = parameters
        self.bind = parameters.bind
        self.in_slice = in_slice
        """Whether the question is about spans from :first to :last, so that sets can be found for all at once."""
        self.span = span
        self.hops = hops
        self.trace_used = False
        """Whether a condition made here speaks of `t`."""

    def condition(self, leaf: Leaf) -> str:
        """The SQL of one leaf. Raises FilterError where the field, operator and value do not fit."""
        if isinstance(leaf, Flag):
            return flags.meaning(leaf).sql.format(s=self.span)
        if isinstance(leaf, Text):
            return self._text_anywhere(leaf.text)
        return self._compare(resolve(leaf.field), leaf)

    def _compare(self, field: Field, leaf: Compare) -> str:
        match field:
            case Column():
                return self._column(field, leaf)
            case Attribute():
                return self._attribute(field, leaf)
            case Keyed():
                return self._keyed(field, leaf)
            case Document():
                return self._document(field, leaf)
            case Everywhere():
                return self._content(leaf)
            case Relative():
                return self._relative(field, leaf)

    def _one_of_several(self, column: Column, leaf: Compare) -> str:
        rows = f"SELECT ({self.column_value(column)}) AS value UNION ALL {column.more.format(s=self.span)}"
        found = f"EXISTS (SELECT 1 FROM ({rows}) v WHERE {{}})"
        present = found.format("v.value IS NOT NULL")
        op = NEGATED.get(leaf.op, leaf.op)
        if op == "is not null":
            return f"NOT {present}" if leaf.op == "is null" else present
        inner = Column("v.value", column.kind, column.about)
        fits = found.format(self._column(inner, Compare(leaf.field, op, leaf.values, leaf.column)))
        return f"({present} AND NOT {fits})" if op != leaf.op else fits

    def _column(self, column: Column, leaf: Compare) -> str:
        if column.more:
            return self._one_of_several(column, leaf)
        self.trace_used |= any(v.text.endswith("%") for v in leaf.values)
        sql = self.column_value(column)
        op = NEGATED.get(leaf.op, leaf.op)
        if op == "is not null":
            return f"{sql} IS NULL" if leaf.op == "is null" else f"{sql} IS NOT NULL"
        text = column.kind in (Kind.TEXT, Kind.CHOICE, Kind.ID)
        if op not in (_TEXT_OPS if text else _NUMBER_OPS):
            raise _wrong_operator(leaf, column)
        positive = (self._text_column if text else self._number_column)(column, sql, op, leaf)
        return f"({sql} IS NOT NULL AND NOT ({positive}))" if op != leaf.op else positive

    def column_value(self, column: Column) -> str:
        """The value of a column as an expression."""
        self.trace_used |= column.needs_trace
        sql = column.sql.format(s=self.span)
        for key in reversed(column.attribute_keys):
            if key in self.keys:
                value = (  # as text, for versions are numbers in one program and text in another
                    "SELECT CAST(a.value AS TEXT) FROM attr a"
                    f" WHERE a.key = {self.bind(self.keys[key])} AND a.span = {self.span}.id"
                )
                sql = f"coalesce(({value}), {sql})"
        return sql

    def _text_column(self, column: Column, sql: str, op: str, leaf: Compare) -> str:
        words = dict(column.words)
        values = list(leaf.values)
        match op:
            case "=" | "in":
                return f"({' OR '.join(self._equals(column, sql, value, words) for value in values)})"
            case "~":
                return matching.contains(self.bind, sql, values[0].text)
            case "=~" | "rlike":
                return matching.regex(self.bind, sql, values[0], smart_case=op == "=~")
            case _:
                return matching.like(self.bind, sql, values[0].text, case_sensitive=op == "like")

    def _equals(self, column: Column, sql: str, value: Value, words: Mapping[str, str]) -> str:
        word = words.get(value.text.casefold())
        return matching.equals(self.bind, sql, _fitting(column, value)) if word is None else word.format(s=self.span)

    def _number_column(self, column: Column, sql: str, op: str, leaf: Compare) -> str:
        if op == "in":
            return "(" + " OR ".join(self._one(column, sql, "=", value, leaf) for value in leaf.values) + ")"
        if op == "between":
            low, high = leaf.values
            return f"({self._one(column, sql, '>=', low, leaf)} AND {self._one(column, sql, '<=', high, leaf)})"
        return self._one(column, sql, op, leaf.values[0], leaf)

    def _one(self, column: Column, sql: str, op: str, value: Value, leaf: Compare) -> str:
        if column.kind is Kind.TIME:
            unit = named_unit(leaf.field, column)
            at = moment(value.text, self.parameters.values["now"], unit, utc=self.parameters.utc)
            if at is None:
                expected = ("2026-11-22", "14:30", "-15m", "today")
                raise FilterError(f"{spell(leaf.field)} is a time, not `{value.text}`", value.column, expected)
            groups = [
                " AND ".join(f"{sql} {sign} {self.bind(storable(ns))}" for sign, ns in group) for group in at.bounds(op)
            ]
            return f"({' OR '.join(groups)})" if groups else FALSE
        number = quantity(value.text)
        if column.kind is Kind.DURATION:
            if number is None or number.unit in ("$", "k", "K", "M"):
                raise _not_a(column, leaf, value, ("500ms", "2s", "1m30s", "40%"))
            if number.unit == "%":
                return f"{sql} * 100.0 {op} {self.bind(number.number)} * {TRACE_NS}"
            number = Quantity(in_column_units(number, column, leaf))
        plain = number.plain() if number else None
        if plain is None:
            raise _not_a(column, leaf, value, ("500", "4k", "$0.05"))
        return f"{sql} {op} {self.bind(plain)}"

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
        found = (
            f"EXISTS (SELECT 1 FROM attr a WHERE a.key = {self.bind(row[0])} AND a.span = {self.span}.id AND {row[1]})"
        )
        return f"NOT {found}" if leaf.op == "is null" else found

    def _keyed(self, field: Keyed, leaf: Compare) -> str:
        rows = self.keyed_rows(field)
        exists = f"EXISTS (SELECT 1 FROM ({rows}) d WHERE {{}})"
        present = exists.format(dynamic.PRESENT.format(v="d"))
        if leaf.op in ("is null", "is not null"):
            return present if leaf.op == "is not null" else f"NOT {present}"
        positive, denied = dynamic.condition(self.bind, "d", leaf, field.key)
        found = exists.replace("{}", positive)
        return f"({present} AND NOT {found})" if denied else found

    def keyed_rows(self, field: Keyed) -> str:
        """A question for rows of (value, type), as the attr table has them."""
        match field.store:
            case Store.TAG | Store.METADATA:
                self.trace_used = True
                column = "t.tags" if field.store is Store.TAG else METADATA
                return _members(f"CASE WHEN json_valid({column}) THEN {column} END", self.bind(field.key))
            case Store.FEEDBACK | Store.EXPECTATION:
                self.trace_used = True
                said = f"b.kind = '{field.store.value}' AND b.name = {self.bind(field.key)} AND b.valid = 1"
                table = self.parameters.table("session, trace, value, type", _OF_SESSIONS.format(said=said), kept=True)
                return (
                    f"SELECT b.value AS value, b.type AS type FROM assessment b WHERE b.trace = t.id AND {said}"
                    f" UNION ALL SELECT value, type FROM {table} WHERE session = t.session_id AND trace <> t.id"
                )
            case Store.ISSUE:
                self.trace_used = True
                told = "b.name" if field.key == "id" else "b.value"
                return (
                    f"SELECT {told} AS value, NULL AS type FROM assessment b"
                    " WHERE b.trace = t.id AND b.kind = 'issue' AND b.valid = 1"
                )
            case Store.EVENT if field.key == "name":
                return f"SELECT json_extract({_EVENT}, '$.name') AS value, NULL AS type FROM {self._events()}"
            case Store.EVENT:
                return _members(f"json_extract({_EVENT}, '$.attributes')", self.bind(field.key), f"{self._events()}, ")
            case _:
                return self._path_rows(field)

    def _events(self) -> str:
        return (
            f"(SELECT y.events FROM payload y WHERE y.span = {self.span}.id AND json_valid(y.events)) z,"
            " json_each(z.events) v"
        )

    def _path_rows(self, field: Keyed) -> str:
        column = "inputs" if field.store is Store.INPUT else "outputs"
        path = self.bind(_json_path(field.key))
        rows = (
            f"SELECT json_extract(y.{column}, {path}) AS value, {_type_of(f'json_type(y.{column}, {path})')} AS type"
            f" FROM payload y WHERE y.span = {self.span}.id AND json_valid(y.{column})"
        )
        # `input.value` is also what OpenInference calls an attribute.
        key = self.keys.get(f"{field.store.value}.{field.key}")
        if key is None:
            return rows
        own = f"SELECT a.value, a.type FROM attr a WHERE a.key = {self.bind(key)} AND a.span = {self.span}.id"
        return f"{rows} UNION ALL {own}"

    def document_row(self, document: Document, leaf: Compare) -> str:
        """The condition on a row `y` of the payload table. Negative operators give the positive one's condition."""
        sql = f"y.{document.column}"
        op = NEGATED.get(leaf.op, leaf.op)
        match op:
            case "is not null":
                return f"{sql} IS NOT NULL"
            case "~":
                return matching.document_contains(self.bind, sql, leaf.values[0].text)
            case "=~" | "rlike":
                return matching.regex(self.bind, sql, leaf.values[0], smart_case=op == "=~")
            case "like" | "ilike":
                return matching.like(self.bind, sql, leaf.values[0].text, case_sensitive=op == "like")
            case _:
                rows = (
                    f"SELECT json_extract({sql}, '$') AS value, {_type_of(f'json_type({sql})')} AS type"
                    f" WHERE json_valid({sql})"
                )
                positive, _ = dynamic.condition(self.bind, "d", Compare(leaf.field, op, leaf.values), spell(leaf.field))
                return f"EXISTS (SELECT 1 FROM ({rows}) d WHERE {positive})"

    def _document(self, document: Document, leaf: Compare) -> str:
        exists = f"EXISTS (SELECT 1 FROM payload y WHERE y.span = {self.span}.id AND {{}})"
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

    def _content(self, leaf: Compare) -> str:
        op = NEGATED.get(leaf.op, leaf.op)
        if op not in _CONTENT_OPS:
            raise FilterError(f"{spell(leaf.field)} is all the text of a span", leaf.column, ("~", "like", "=~"))
        value = leaf.values[0]

        def test(sql: str, json_text: bool) -> str:
            if op in ("like", "ilike"):
                return matching.like(self.bind, sql, value.text, case_sensitive=op == "like")
            if op == "~":
                return (matching.document_contains if json_text else matching.contains)(self.bind, sql, value.text)
            return matching.regex(self.bind, sql, value, smart_case=op == "=~")

        found = self._anywhere(test, with_names=True)
        return f"NOT {found}" if op != leaf.op else found

    def _text_anywhere(self, text: str) -> str:
        if not text:
            return TRUE

        def test(sql: str, json_text: bool) -> str:
            return (matching.document_contains if json_text else matching.contains)(self.bind, sql, text)

        return self._anywhere(test, "" if _NUMERIC.issuperset(text.casefold()) else "typeof(a.value) = 'text' AND ")

    def _anywhere(self, test: Any, attribute_first: str = "", *, with_names: bool = False) -> str:
        # With names: also in the kind of the span and in the names of its attributes.
        span = "x" if self.in_slice else self.span
        columns = ("name", "status_message", "kind") if with_names else ("name", "status_message")
        own = " OR ".join(test(f"{span}.{column}", False) for column in columns)
        payload = " OR ".join(test(f"y.{column}", True) for column in ("inputs", "outputs", "events"))
        attribute = f"{attribute_first}a.type IS NOT 'bool' AND {test('a.value', True)}"
        if with_names:
            attribute = f"{test('n.name', False)} OR ({attribute})"
        if self.in_slice:
            # One pass over each narrow table for the whole slice; an attribute at a time, as they are stored.
            return (
                f"{self.span}.id IN (SELECT x.id FROM span x WHERE x.id BETWEEN :first AND :last AND ({own})"
                f" UNION ALL SELECT y.span FROM payload y WHERE y.span BETWEEN :first AND :last AND ({payload})"
                " UNION ALL SELECT a.span FROM attr_key n CROSS JOIN attr a ON a.key = n.id"
                f" AND a.span BETWEEN :first AND :last WHERE {attribute})"
            )
        names = " CROSS JOIN attr_key n ON n.id = k.value" if with_names else ""
        return (
            f"({own} OR EXISTS (SELECT 1 FROM payload y WHERE y.span = {span}.id AND ({payload}))"
            f" OR EXISTS (SELECT 1 FROM json_each({span}.attr_keys) k{names} CROSS JOIN attr a ON a.key = k.value"
            f" AND a.span = {span}.id WHERE {attribute}))"
        )


def _members(sql: str, key: str, before: str = "") -> str:
    return f"SELECT g.value AS value, {_type_of('g.type')} AS type FROM {before}json_each({sql}) g WHERE g.key = {key}"


def _type_of(json_type: str) -> str:
    return (
        f"CASE {json_type} WHEN 'true' THEN 'bool' WHEN 'false' THEN 'bool' WHEN 'array' THEN 'json'"
        " WHEN 'object' THEN 'json' END"
    )


def _json_path(key: str) -> str:
    parts = key.split(".")
    return "$" + "".join(f"[{part}]" if part.isdecimal() and part.isascii() else f'."{part}"' for part in parts)


def _fitting(column: Column, value: Value) -> Value:
    if column.kind is Kind.ID:
        text = value.text.casefold().removeprefix("tr-")
        return Value(text, value.quoted, value.column)
    if column.kind is Kind.CHOICE:
        word = value.text.casefold()
        if word in ("running", "lost") and column.choices:
            raise FilterError("what is open has no status", value.column, ("is:running", "is:lost", "status is null"))
        if column.choices and word not in column.choices and not matching.is_glob(value):
            raise FilterError(f"there is no status `{value.text}`", value.column, column.choices)
        # The case of these words never matters, quoted or not.
        return Value(value.text, value.quoted and ("*" in value.text or "?" in value.text), value.column)
    return value


def in_column_units(number: Quantity, column: Column, leaf: Compare) -> int | float:
    """A duration as typed, in the unit of the column it is compared with."""
    name = leaf.field.name.rpartition(".")[2]
    bare = "ms" if name.endswith("_ms") else column.bare_unit
    ns = number.nanoseconds(bare)
    assert ns is not None
    return ns / column.column_unit_ns if column.column_unit_ns != 1 else ns


def named_unit(name: Name, column: Column) -> str:
    """The unit of a number typed without one: what the name says, else that of the column."""
    return "ms" if name.name.endswith("_ms") else column.bare_unit


def _wrong_operator(leaf: Compare, column: Column) -> FilterError:
    numeric = column.kind in (Kind.NUMBER, Kind.DURATION, Kind.TIME)
    expected = ("=", "!=", ">", ">=", "<", "<=", "between") if numeric else ("=", "!=", "~", "=~", "in", "like")
    return FilterError(f"{spell(leaf.field)} is {column.kind.value}: `{leaf.op}` does not apply", leaf.column, expected)


def _not_a(column: Column, leaf: Compare, value: Value, expected: tuple[str, ...]) -> FilterError:
    return FilterError(f"{spell(leaf.field)} is {column.kind.value}, not `{value.text}`", value.column, expected)
