"""Derive the normal columns of a span from its attributes in any dialect, by the tables of `dialect_table`.

When an SDK renames an attribute, add a line to the table and increase `VERSION`. `tracetui rederive` then derives the
columns of a file again from the raw attributes, which the file stores unchanged.
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
"""Columns of a cost that an attribute sets; the cost in a response is the cost of one call only."""

VERSION = 9
"""The version of the tables and of the rules of this module."""

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
    "unpriced_tool_calls",
)
"""Derived columns of the `span` table."""

Convert = Callable[[Any], dict[str, Any]]


class Source(NamedTuple):
    """A column that one attribute sets."""

    column: str
    rank: int
    """Of the sources of a column that have a value, the source with the smallest rank is used."""
    convert: Callable[[Any], Any]


class Derivation(NamedTuple):
    """How the attributes with one list of names set normal columns. A place is an index in the list of names."""

    columns: Sequence[tuple[str, int, Callable[[Any], Any], Sequence[tuple[int, Callable[[Any], Any]]]]]
    """Each column with the place and conversion to try first, and with further places and conversions."""
    objects: Sequence[tuple[int, Convert]]
    """Attributes with several counts: they set the columns that no other attribute has set."""
    answers: Sequence[tuple[int, Convert]]
    """Attributes with a whole response: used after `objects`, on spans of model calls."""
    explicit: Sequence[tuple[int, Convert]]
    """Attributes whose counts override all others."""
    is_independent: bool
    """Whether each column follows from one attribute alone."""
    needs_normalizing: bool
    """Whether columns may depend on several attributes."""
    cached_is_beside: bool
    """Whether the input tokens exclude cached tokens."""
    scope: int | None
    """The place of the name of the instrumentation, if there is an attribute for the provider."""

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
"""Maps the name of an attribute to the columns that it sets."""


def derivation(keys: Iterable[str]) -> Derivation:
    """Return how attributes with these names, in this order, set normal columns; once for each kind of span."""
    keys = list(keys)
    ranked: dict[str, list[tuple[int, int, Callable[[Any], Any]]]] = {}
    for place, key in enumerate(keys):
        for source in SOURCES.get(key, ()):
            ranked.setdefault(source.column, []).append((source.rank, place, source.convert))
    objects, answers, explicit = (
        [(place, convert) for place, key in enumerate(keys) if (convert := table.get(key)) is not None]
        for table in (OBJECTS, ANSWERS, EXPLICIT)
    )
    inputs = [keys[place] for _, place, _ in sorted(ranked.get("input_tokens", []), key=itemgetter(0))]
    needs_normalizing = bool(objects or answers or explicit) or not _NOT_NORMAL.isdisjoint(ranked)
    return Derivation(
        [
            (column, place, convert, others)
            for column, found in ranked.items()
            for (place, convert), *others in [[one[1:] for one in sorted(found, key=itemgetter(0))]]
        ],
        objects,
        answers if ranked else [],
        explicit,
        is_independent=not needs_normalizing and _COSTS.isdisjoint(ranked),
        needs_normalizing=needs_normalizing,
        cached_is_beside=inputs[:1] == [CLAUDE_CODE_INPUT],
        scope=keys.index(SCOPE) if SCOPE in keys and "llm.provider" in keys else None,
    )


def derive(how: Derivation, values: Sequence[Any]) -> dict[str, Any]:
    """Return the normal columns for the values of the attributes.

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
    if how.is_independent:
        return columns
    covers_below = not _COSTS.isdisjoint(columns)
    has_own_answer = "answer_is_elsewhere" not in columns
    for place, convert in how.objects if has_own_answer else ():
        columns = convert(values[place]) | columns
    if how.answers and has_own_answer and (columns.get("kind") in MODEL_CALLS or "input_tokens" in columns):
        for place, convert in how.answers:
            columns = convert(values[place]) | columns
    if how.needs_normalizing:
        columns = _normalize(how, columns, values)
    if covers_below:
        columns["cost_covers_below"] = 1
        columns.pop("unpriced_tool_calls", None)
    return columns


def _normalize(how: Derivation, columns: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    """Apply the rules that depend on several attributes."""
    _add_modalities(columns)
    normalize(columns, cached_is_beside=how.cached_is_beside)
    for place, convert in how.explicit:
        columns = override(columns, convert(values[place]))
    _choose_model(columns)
    if how.scope is not None and values[how.scope] == LITELLM:
        _remove_provider(columns)
    if (asked_tier := columns.pop("asked_tier", None)) is not None:
        columns.setdefault("service_tier", asked_tier)
    parts = [columns[part] for part in ("input_cost_usd", "output_cost_usd") if part in columns]
    if parts and "cost_usd" not in columns:
        columns["cost_usd"] = sum(parts)
    if (explicit_cost_usd := columns.pop("explicit_cost_usd", None)) is not None:
        columns["cost_usd"] = explicit_cost_usd
    return columns


def _add_modalities(columns: dict[str, Any]) -> None:
    """Set missing counts to the sum of the tokens of text, images and audio, which OpenTelemetry has."""
    for whole, text, others in MODALITIES:
        if (of_text := columns.pop(text, None)) is not None and whole not in columns:
            columns[whole] = of_text + sum(columns.get(other, 0) for other in others)


def _choose_model(columns: dict[str, Any]) -> None:
    """Set `model` to the requested model, or to the model of the response if that is the only one.

    A name of unknown origin is the model of the response if it differs from the requested model. MLflow's attribute
    overrides all others.
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


def _remove_provider(columns: dict[str, Any]) -> None:
    prefix = f"{columns.get('provider')}/"
    for column in ("model", "response_model"):
        if (name := columns.get(column)) is not None:
            columns[column] = name.removeprefix(prefix) or name


def is_source(key: str) -> bool:
    """Whether an attribute with this name sets a normal column."""
    return key in SOURCES or key in OBJECTS or key in ANSWERS or key in EXPLICIT or key == SCOPE


def is_cost_given(attributes: Mapping[str, Any]) -> bool:
    """Whether the attributes of a span contain its cost; otherwise, the cost of the span was computed."""
    return "cost_usd" in derive(derivation(attributes), list(attributes.values()))
