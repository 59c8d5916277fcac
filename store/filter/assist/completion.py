"""What can stand at the cursor of a filter: fields, operators, flags and the words some fields take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..fields import flags
from ..fields.columns import SPAN, STATUSES, TRACE
from ..fields.resolve import resolve
from ..tree.errors import FilterError
from ..tree.field_kinds import Attribute, Column, Field, Kind
from ..tree.nodes import Name
from ..tree.spelling import in_quotes, spell, split_scope
from .refinement import written
from .stage_completion import stage_at, stage_candidates

MAX_COMPLETIONS = 50
"""More than a person looks through."""

_SCOPES = {
    "tag.": "tag of the trace",
    "metadata.": "metadata of the trace",
    "feedback.": "what was said of the trace: feedback by name",
    "expectation.": "what was expected of the trace, by name",
    "input.": "part of the inputs, by path",
    "output.": "part of the outputs, by path",
    "event.": "attribute of an event; event.name is its name",
    "root.": "field of the root span",
    "parent.": "field of the parent span",
    "attr.": "raw attribute, also where a field has the same name",
    "resource.": "field of the process",
}
_KINDS = ("LLM", "CHAT_MODEL", "TOOL", "AGENT", "CHAIN", "RETRIEVER", "EMBEDDING", "RERANKER", "PARSER", "GUARDRAIL")
_TEXT_OPERATORS = ("=", "!=", "~", "!~", "=~", "in (", "like ", "is null", "is not null")
_NUMBER_OPERATORS = (">", "<", ">=", "<=", "=", "!=", "between ", "is null", "is not null")
_ANY_OPERATORS = ("=", ">", "<", "~", "!=", ">=", "<=", "!~", "=~", "in (", "is null", "is not null")
_WORD = re.compile(r"[^\s(){}|=<>~:,\"'!&]*\Z")
_FIELD_AND_SPACE = re.compile(r"(?:\A|[\s(){}|&!-])([^\s(){}|=<>~:,\"'!&]+)\s+\Z")
_FIELD_AND_OPERATOR = re.compile(r"([^\s(){}|=<>~:,\"'!&]+)\s*(?:!=~|!=|!~|=~|==|=|<>|<=|<|>=|>|~|:)\s*\Z")


_EQUALS = re.compile(r"([^\s(){}|=<>~:,\"'!&]+)\s*(?:!=|==|=|<>|:)\s*\Z")
_IN_LIST = re.compile(r"([^\s(){}|=<>~:,\"'!&]+)\s+(?:not\s+)?in\s*\((?:[^)\"']*,)?\s*\Z", re.IGNORECASE)
_OPEN_VALUE = re.compile(r"([^\s(){}|=<>~:,\"'!&]+)\s*(?:!=|==|=|<>|:)\s*(\"([^\"]*))\Z")

NAMED_SCOPES = ("tag.", "metadata.", "feedback.", "expectation.")
"""Scopes of names that are no attributes, and have no counts in the dictionary of the file."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: `text` replaces the filter from `start` to `end`."""

    text: str
    start: int
    end: int
    about: str
    count: int | None = None
    """How many spans have the attribute."""


Known: TypeAlias = Mapping[str, Sequence[tuple[str, int]]]
"""The values of fields, by the names that `asked_at` gives, and how many spans or traces have each."""


def completions(text: str, cursor: int, counts: Mapping[str, int], known: Known | None = None) -> list[Completion]:
    """What fits at `cursor`, best first; `counts` is the file's attribute names and how many spans have each.

    `known` has values of fields, and under `tag.`, `metadata.` and so on the names behind the scope.
    """
    before = text[: max(0, cursor)]
    cursor = len(before)
    known = known or {}
    if _in_quotes(before):
        return _quoted(before, known)
    word = _WORD.search(before)
    typed = word[0] if word else ""
    head = before[: cursor - len(typed)]
    while typed[:1] == "-":
        typed, head = typed[1:], head + "-"
    found = [*_known_names(typed, known), *_candidates(head, typed, counts, known)]
    scored = sorted(
        (score, index) for index, (name, *_) in enumerate(found) if (score := _score(name, typed)) < _NO_FIT
    )
    start = len(head)
    return [Completion(found[i][0], start, cursor, found[i][1], found[i][2]) for _, i in scored[:MAX_COMPLETIONS]]


def asked_at(text: str, cursor: int) -> str | None:
    """The field whose values can stand at the cursor, as typed, or a scope whose names can; None for neither."""
    before = text[: max(0, cursor)]
    if found := _OPEN_VALUE.search(before) if _in_quotes(before) else None:
        return found[1]
    if _in_quotes(before):
        return None
    word = _WORD.search(before)
    typed = word[0].lstrip("-") if word else ""
    if scope := next((one for one in NAMED_SCOPES if typed.casefold().startswith(one)), ""):
        return scope
    head = before[: len(before) - len(typed)]
    stage = stage_at(head)
    value = _EQUALS.search(head) or _IN_LIST.search(head)
    return value[1] if value and stage is None and value[1].casefold() not in ("is", "has") else None


def _quoted(before: str, known: Known) -> list[Completion]:
    if (found := _OPEN_VALUE.search(before)) is None:
        return []
    start, typed = found.start(2), found[3]
    values = [(in_quotes(value), count) for value, count in known.get(found[1], ())]
    scored = sorted(
        (score, place) for place, (text, _) in enumerate(values) if (score := _score(text, typed)) < _NO_FIT
    )
    return [Completion(values[i][0], start, len(before), "", values[i][1]) for _, i in scored[:MAX_COMPLETIONS]]


def _known_names(typed: str, known: Known) -> list[_Candidate]:
    scope = next((one for one in NAMED_SCOPES if typed.casefold().startswith(one)), "")
    return [(spell(Name(scope[:-1], name)), "", count) for name, count in known.get(scope, ())]


_Candidate = tuple[str, str, int | None]
_NO_FIT = 9


def _candidates(head: str, typed: str, counts: Mapping[str, int], known: Known) -> list[_Candidate]:
    if (stage := stage_at(head)) is not None:
        return stage_candidates(stage, _fields(counts))
    lowered = head.casefold()
    if lowered.endswith("is:"):
        return [(name, flag.about, None) for name, flag in flags.MEANINGS.items()]
    if lowered.endswith(("has:", "has(")):
        return list(_fields(counts))
    if operator := _FIELD_AND_OPERATOR.search(head) or _IN_LIST.search(head):
        values = [(written(value), "", count) for value, count in known.get(operator[1], ())]
        seen = {value.casefold() for value, _, _ in values}
        words = [one for one in _words_of(_resolved(operator[1])) if one[0].casefold() not in seen]
        if values and words and words[-1][0] in _KINDS:
            words = []  # the kinds that there are
        return [*values, *words]
    if not typed and (before := _FIELD_AND_SPACE.search(head)) and before[1].casefold() not in ("and", "or", "not"):
        field = _resolved(before[1])
        if not isinstance(field, Attribute) or before[1] in counts:
            return [(operator, "", None) for operator in _operators(field)]
    keywords = [("is:", "a flag: is:error, is:running, ...", None), ("has:", "the field has a value", None)]
    joints = [(word, "", None) for word in ("and ", "or ", "not ")] if head.strip() else [("not ", "", None)]
    return [*_fields(counts), *keywords, *joints]


def _fields(counts: Mapping[str, int]) -> Iterable[_Candidate]:
    yield from ((name, column.about, None) for name, column in SPAN.items())
    yield from ((name, about, None) for name, about in (("input", "inputs as JSON"), ("output", "outputs as JSON")))
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        taken = not isinstance(_resolved(name), Attribute) and name != "llm.ttft_ms" and not split_scope(name)[0]
        yield spell(Name("attr" if taken else "", name)), "attribute", count
    yield from ((f"trace.{name}", column.about, None) for name, column in TRACE.items())
    yield from ((scope, about, None) for scope, about in _SCOPES.items())


def _resolved(word: str) -> Field | None:
    try:
        return resolve(Name(*split_scope(word)))
    except FilterError:
        return None


def _operators(field: Field | None) -> tuple[str, ...]:
    if not isinstance(field, Column):
        return _ANY_OPERATORS
    return _TEXT_OPERATORS if field.kind in (Kind.TEXT, Kind.CHOICE, Kind.ID) else _NUMBER_OPERATORS


def _words_of(field: Field | None) -> list[_Candidate]:
    if not isinstance(field, Column):
        return []
    if field.choices:
        return [(word, "", None) for word in STATUSES]
    if field.kind is Kind.CHOICE:
        return [(word, "", None) for word in _KINDS]
    if field.kind is Kind.TIME:
        return [(word, about, None) for word, about in (("-15m", "the last quarter of an hour"), ("today", ""))]
    return []


def _score(name: str, typed: str) -> int:
    # Beginning of the name, beginning of a part of it, anywhere in it.
    plain, wanted = name.casefold().strip('`"'), typed.casefold().strip('`"')
    if plain.startswith(wanted):
        return 0
    if re.search(rf"[._\-]{re.escape(wanted)}", plain):
        return 1
    return 2 if len(wanted) > 1 and wanted in plain else _NO_FIT


def _in_quotes(before: str) -> bool:
    open_quote = ""
    for index, mark in enumerate(before):
        if open_quote:
            if mark == open_quote and before[index - 1] != "\\":
                open_quote = ""
        elif mark in "\"'" and (index == 0 or before[index - 1] in " \t\n(=<>~:,{-!"):
            open_quote = mark
    return bool(open_quote)
