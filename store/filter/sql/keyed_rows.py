"""What stands under a key beside the attributes: tags, metadata, assessments, events, places in inputs and outputs."""

# ruff: noqa: S608 - SQL is made of our own words and the names of parameters
from __future__ import annotations

from ...file.schema import METADATA
from ..tree.field_kinds import Keyed, Store
from .place import Place

_EVENT = "CASE WHEN v.type = 'object' THEN v.value END"
_OF_SESSIONS = """SELECT o.session_id, o.id, b.value, b.type FROM assessment b CROSS JOIN trace o ON o.id = b.trace
    WHERE {said} AND o.session_id IS NOT NULL AND instr(b.metadata, '"mlflow.trace.session"')"""
"""What is said of a whole conversation: as in MLflow it stands with one of its traces, and its metadata name the
conversation."""


def keyed_rows(place: Place, field: Keyed) -> str:
    """A question for rows of (value, type), as the attr table has them."""
    match field.store:
        case Store.TAG | Store.METADATA:
            place.trace_used = True
            column = "t.tags" if field.store is Store.TAG else METADATA
            return _members(f"CASE WHEN json_valid({column}) THEN {column} END", place.bind(field.key))
        case Store.FEEDBACK | Store.EXPECTATION:
            place.trace_used = True
            said = f"b.kind = '{field.store.value}' AND b.name = {place.bind(field.key)} AND b.valid = 1"
            table = place.parameters.table("session, trace, value, type", _OF_SESSIONS.format(said=said), kept=True)
            return (
                f"SELECT b.value AS value, b.type AS type FROM assessment b WHERE b.trace = t.id AND {said}"
                f" UNION ALL SELECT value, type FROM {table} WHERE session = t.session_id AND trace <> t.id"
            )
        case Store.ISSUE:
            place.trace_used = True
            told = "b.name" if field.key == "id" else "b.value"
            return (
                f"SELECT {told} AS value, NULL AS type FROM assessment b"
                " WHERE b.trace = t.id AND b.kind = 'issue' AND b.valid = 1"
            )
        case Store.EVENT if field.key == "name":
            return f"SELECT json_extract({_EVENT}, '$.name') AS value, NULL AS type FROM {_events(place)}"
        case Store.EVENT:
            return _members(f"json_extract({_EVENT}, '$.attributes')", place.bind(field.key), f"{_events(place)}, ")
        case _:
            return _path_rows(place, field)


def _events(place: Place) -> str:
    return (
        f"(SELECT y.whole_events AS events FROM payload_texts y WHERE y.span = {place.span}.id) z,"
        " json_each(CASE WHEN json_valid(z.events) THEN z.events END) v"
    )


def _path_rows(place: Place, field: Keyed) -> str:
    column = "inputs" if field.store is Store.INPUT else "outputs"
    path = place.bind(_json_path(field.key))
    # The limit keeps SQLite from putting the value together once more for each use.
    rows = (
        f"SELECT json_extract(z.text, {path}) AS value, {type_of(f'json_type(z.text, {path})')} AS type"
        f" FROM (SELECT y.whole_{column} AS text FROM payload_texts y WHERE y.span = {place.span}.id LIMIT 1) z"
        " WHERE json_valid(z.text)"
    )
    # `input.value` is also what OpenInference calls an attribute.
    key = place.keys.get(f"{field.store.value}.{field.key}")
    if key is None:
        return rows
    own = f"SELECT a.text, a.type FROM attr_texts a WHERE a.key = {place.bind(key)} AND a.span = {place.span}.id"
    return f"{rows} UNION ALL {own}"


def _members(sql: str, key: str, before: str = "") -> str:
    return f"SELECT g.value AS value, {type_of('g.type')} AS type FROM {before}json_each({sql}) g WHERE g.key = {key}"


def type_of(json_type: str) -> str:
    """How the attr table calls a type of SQLite's JSON functions, as an expression."""
    return (
        f"CASE {json_type} WHEN 'true' THEN 'bool' WHEN 'false' THEN 'bool' WHEN 'array' THEN 'json'"
        " WHEN 'object' THEN 'json' END"
    )


def _json_path(key: str) -> str:
    parts = key.split(".")
    return "$" + "".join(f"[{part}]" if part.isdecimal() and part.isascii() else f'."{part}"' for part in parts)
