"""The normal columns of a span, from its attributes in whichever dialect: what `dialect_table` says, and how.

Names of attributes move: add a line to the table, raise `VERSION`, and the file can be derived again from its raw
attributes, which are stored as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from ..model.rows import MODEL_CALLS
from .dialect_table import (
    ANSWERS,
    CLAUDE_CODE_INPUT,
    CONVERTED,
    EXPLICIT,
    LITELLM,
    MODALITIES,
    OBJECTS,
    SCOPE,
    SIMPLE,
)
from .token_counts import normalize, override

_COSTS = frozenset({"cost_usd", "explicit_cost_usd", "input_cost_usd", "output_cost_usd"})
"""Columns of a cost that an attribute gives, and not the answer of a model, whose cost is that of the one call."""

VERSION = 7
"""Of the table, and of what is made of it here."""

COLUMNS = (
    "model",
    "response_model",
    "provider",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
    "ttft_ms",
    "chunk_count",
    "cost_covers_below",
    "answer_id",
    "answer_is_elsewhere",
)
"""Derived columns of the `span` table."""

Take = Callable[[Any], dict[str, Any]]


class Source(NamedTuple):
    """One attribute that gives one column."""

    column: str
    rank: int
    """Among the sources of a column the smallest rank that gives a value wins."""
    convert: Callable[[Any], Any]


class Derivation(NamedTuple):
    """How the attributes of one list of names give normal columns."""

    columns: Sequence[tuple[str, int, Callable[[Any], Any], Sequence[tuple[int, Callable[[Any], Any]]]]]
    """Each column they give, with the place and conversion to try first, and those to try in turn after it."""
    objects: Sequence[tuple[int, Take]]
    """Places of attributes that hold several counts at once; they fill the columns that nothing else gave."""
    answers: Sequence[tuple[int, Take]]
    """Places of attributes that hold a whole answer; they come after those, on spans of model calls."""
    explicit: Sequence[tuple[int, Take]]
    """Places of attributes whose counts overrule all others."""
    needs_normalizing: bool
    """Whether several attributes may have to be looked at together."""
    cached_is_beside: bool
    """Whether cached tokens are counted beside the input."""
    scope: int | None
    """Place of the name of the instrumentation, where the provider is told apart."""

    def __bool__(self) -> bool:
        return bool(self.columns or self.objects or self.explicit)


_NOT_NORMAL = frozenset({
    *("cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "total_tokens"),
    *("input_cost_usd", "output_cost_usd", "explicit_cost_usd"),
    *("explicit_model", "named_model", "response_model", "asked_tier"),
    *("text_input_tokens", "text_output_tokens", "text_cache_read_tokens"),
})  # fmt: skip


def _sources() -> dict[str, list[Source]]:
    sources: dict[str, list[Source]] = {}
    for column, convert, keys in SIMPLE:
        for rank, key in enumerate(keys):
            sources.setdefault(key, []).append(Source(column, rank, convert))
    for rank, (column, key, convert) in enumerate(CONVERTED, start=100):
        sources.setdefault(key, []).append(Source(column, rank, convert))
    return sources


SOURCES: Mapping[str, Sequence[Source]] = _sources()
"""Attribute key -> the columns it gives."""


def derivation(keys: Iterable[str]) -> Derivation:
    """How attributes of these names, in this order, give normal columns: worked out once for a kind of span."""
    keys = list(keys)
    ranked: dict[str, list[tuple[int, int, Callable[[Any], Any]]]] = {}
    for place, key in enumerate(keys):
        for source in SOURCES.get(key, ()):
            ranked.setdefault(source.column, []).append((source.rank, place, source.convert))
    objects, answers, explicit = (
        [(place, take) for place, key in enumerate(keys) if (take := table.get(key)) is not None]
        for table in (OBJECTS, ANSWERS, EXPLICIT)
    )
    inputs = [keys[place] for _, place, _ in sorted(ranked.get("input_tokens", []), key=itemgetter(0))]
    return Derivation(
        [
            (column, place, convert, others)
            for column, found in ranked.items()
            for (place, convert), *others in [[one[1:] for one in sorted(found, key=itemgetter(0))]]
        ],
        objects,
        answers if ranked else [],
        explicit,
        needs_normalizing=bool(objects or answers or explicit) or not _NOT_NORMAL.isdisjoint(ranked),
        cached_is_beside=inputs[:1] == [CLAUDE_CODE_INPUT],
        scope=keys.index(SCOPE) if SCOPE in keys and "llm.provider" in keys else None,
    )


def derive(how: Derivation, values: Sequence[Any]) -> dict[str, Any]:
    """The normal columns that the values of attributes give.

    Those of `COLUMNS`, session_id, user_id and kind, and the columns that only a price needs: service_tier, and the
    parts of a count that have prices of their own. Token counts are in the normal form of `token_counts`.
    """
    columns: dict[str, Any] = {}
    for column, first_place, first_convert, others in how.columns:
        value = first_convert(values[first_place])
        if value is None:
            value = next((found for place, convert in others if (found := convert(values[place])) is not None), None)
        if value is not None:
            columns[column] = value
    covers_below = not _COSTS.isdisjoint(columns)
    is_told_here = "answer_is_elsewhere" not in columns
    for place, take in how.objects if is_told_here else ():
        columns = take(values[place]) | columns
    if how.answers and is_told_here and (columns.get("kind") in MODEL_CALLS or "input_tokens" in columns):
        for place, take in how.answers:
            columns = take(values[place]) | columns
    if how.needs_normalizing:
        columns = _normalize(how, columns, values)
    if covers_below:
        columns["cost_covers_below"] = 1
    return columns


def _normalize(how: Derivation, columns: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    """What follows from several attributes."""
    _add_modalities(columns)
    normalize(columns, cached_is_beside=how.cached_is_beside)
    for place, take in how.explicit:
        columns = override(columns, take(values[place]))
    _choose_model(columns)
    if how.scope is not None and values[how.scope] == LITELLM:
        _leave_provider_out(columns)
    if (asked_tier := columns.pop("asked_tier", None)) is not None:
        columns.setdefault("service_tier", asked_tier)
    parts = [columns[part] for part in ("input_cost_usd", "output_cost_usd") if part in columns]
    if parts and "cost_usd" not in columns:
        columns["cost_usd"] = sum(parts)
    if (explicit_cost_usd := columns.pop("explicit_cost_usd", None)) is not None:
        columns["cost_usd"] = explicit_cost_usd
    return columns


def _add_modalities(columns: dict[str, Any]) -> None:
    """Tokens of text, images and audio, told apart (OpenTelemetry), add up to the count that nobody told."""
    for whole, text, others in MODALITIES:
        if (of_text := columns.pop(text, None)) is not None and whole not in columns:
            columns[whole] = of_text + sum(columns.get(other, 0) for other in others)


def _choose_model(columns: dict[str, Any]) -> None:
    """`model` is the one that was asked for; where only the answer names one, that is the model.

    A name that may be of either is of the answer if another was asked for. What MLflow's name says is the model.
    """
    explicit, named = columns.pop("explicit_model", None), columns.pop("named_model", None)
    if explicit is not None:
        columns["model"] = explicit
        columns.pop("response_model", None)
        return
    asked = columns.get("model")
    if named is not None:
        if asked is None:
            columns["model"] = named
        elif named != asked:
            columns.setdefault("response_model", named)
    if "model" not in columns and (response := columns.get("response_model")) is not None:
        columns["model"] = response


def _leave_provider_out(columns: dict[str, Any]) -> None:
    prefix = f"{columns.get('provider')}/"
    for column in ("model", "response_model"):
        if (name := columns.get(column)) is not None:
            columns[column] = name.removeprefix(prefix) or name


def is_source(key: str) -> bool:
    """Whether an attribute of this name gives a normal column."""
    return key in SOURCES or key in OBJECTS or key in ANSWERS or key in EXPLICIT or key == SCOPE


def is_cost_given(attributes: Mapping[str, Any]) -> bool:
    """Whether the attributes of a span tell its cost; a span that has one without that had it computed."""
    return "cost_usd" in derive(derivation(attributes), list(attributes.values()))
