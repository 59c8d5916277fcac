"""The type of a failure: what groups of errors are made by, as messages differ from one failure to the next."""

# ruff: noqa: S608 - made of our own words
from __future__ import annotations

MOST_TYPE_CHARS = 100
"""A longer beginning of a message is no name of an exception."""


def failed(alias: str) -> str:
    """The condition that a span or trace has failed."""
    return f"{alias}.status = 'ERROR'"


def error_type(alias: str, span: str) -> str:
    """The type of the failure of `alias`, whose span has the id `span`; NULL where it has not failed.

    The first of: the type of its last exception event, `error.type`, the beginning of a message such as
    `TimeoutError: no answer`, the whole message.
    """
    message = f"{alias}.status_message"
    beginning = f"substr({message}, 1, instr({message}, ': ') - 1)"
    is_type = f"instr({message}, ': ') BETWEEN 2 AND {MOST_TYPE_CHARS} AND instr({beginning}, ' ') = 0"
    event = (
        "(SELECT json_extract(e.value, '$.attributes.\"exception.type\"') FROM"
        f" (SELECT y.whole_events AS events FROM payload_texts y WHERE y.span = {span} LIMIT 1) z,"
        " json_each(CASE WHEN json_valid(z.events) THEN z.events ELSE '[]' END) e"
        " WHERE e.type = 'object' AND json_extract(e.value, '$.name') = 'exception'"
        " ORDER BY e.key DESC LIMIT 1)"
    )
    attribute = (
        "(SELECT CAST(a.text AS TEXT) FROM attr_key k CROSS JOIN attr_texts a ON a.key = k.id"
        f" AND a.span = {span} WHERE k.name = 'error.type')"
    )
    known = f"coalesce({event}, {attribute}, CASE WHEN {is_type} THEN {beginning} END, {message}, '')"
    return f"(CASE WHEN {failed(alias)} THEN {known} END)"


def error_message(alias: str) -> str:
    """The message of the failure as a question for a further value."""
    return f"SELECT coalesce({alias}.status_message, '') AS value WHERE {failed(alias)}"
