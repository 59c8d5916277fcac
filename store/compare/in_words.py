"""The differences of two traces as short sentences, safe for terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..model.rows import SpanRow
from ..read.reader import Reader
from ..read.trace_document import to_json
from ..text import format
from ..text.safe_text import safe_line
from .comparison import Comparison, first_other_value
from .divergence import Difference
from .json_difference import MISSING
from .trees import SpanPair

_NAME_CHARS = 200
_VALUE_CHARS = 100


def path_of(comparison: Comparison, line: int) -> str:
    """Return the names from the root down to a line: `chat › generate › call`."""
    return safe_line(" › ".join(comparison.path(line)), max_chars=_NAME_CHARS)


FIRST_AND_SECOND = "the first", "the second"


def where_they_part(reader: Reader, comparison: Comparison, names: tuple[str, str] = FIRST_AND_SECOND) -> Iterator[str]:
    """Yield whether the requests differ, and then the first difference; `names` are what the two are called."""
    parts = comparison.parting
    if parts.requests_differ:
        yield f"The requests differ{_values(reader, comparison, 0, Difference.INPUTS)}."
    if parts.divergence is None:
        yield "Both take the same steps." if parts.requests_differ else "The two do not differ but in time."
        return
    line, difference = parts.divergence
    said = reason(comparison, comparison.trees.pairs[line], difference, names)
    what = "The first other step" if parts.requests_differ else "They part"
    yield f"{what}: {path_of(comparison, line)}: {said}{_values(reader, comparison, line, difference)}."


def reason(
    comparison: Comparison, pair: SpanPair, difference: Difference, names: tuple[str, str] = FIRST_AND_SECOND
) -> str:
    """Return a difference of a line with both values, if they are short."""
    one, other = comparison.spans(pair)
    if one is None or other is None:
        return f"only in {names[1 if one is None else 0]}"
    match difference:
        case Difference.MODEL:
            values: tuple[Any, Any] = one.model, other.model
        case Difference.NAME:
            values = one.name, other.name
        case Difference.STATUS:
            values = one.status, other.status
        case Difference.RETRIES:
            values = len(pair.first_retried) + 1, len(pair.second_retried) + 1
        case _:
            return str(difference.value)
    return f"{difference.value}, {_shown(values[0])} and {_shown(values[1])}"


def more_tokens(one: SpanRow | None, other: SpanRow | None) -> str:
    """Return how many more tokens the second span has: `+120`, `=`; "" if it is not known."""
    counts = [
        None
        if span is None or (span.input_tokens is None and span.output_tokens is None)
        else (span.input_tokens or 0) + (span.output_tokens or 0)
        for span in (one, other)
    ]
    return "" if counts[0] is None or counts[1] is None else signed(counts[1] - counts[0], format.tokens)


def more_cost(one: SpanRow | None, other: SpanRow | None) -> str:
    """Return how much more the second span costs: `+$0.0042`, `=`; "" if it is not known."""
    costs = [None if span is None else span.cost_usd for span in (one, other)]
    return "" if costs[0] is None or costs[1] is None else signed(costs[1] - costs[0], format.cost)


def signed(number: float, formatted: Callable[[Any], str]) -> str:
    """Return a formatted difference with its sign; `=` for none."""
    return "=" if number == 0 else ("+" if number > 0 else "") + formatted(number)


def _values(reader: Reader, comparison: Comparison, line: int, difference: Difference) -> str:
    found = first_other_value(reader, comparison, line, difference)
    if found is None:
        return ""
    where = f" `{safe_line(found.path, max_chars=_VALUE_CHARS)}`" if found.path else ""
    return f", first{where}: {_shown(found.first)} and {_shown(found.second)}"


def _shown(value: Any) -> str:
    if value is MISSING or value is None:
        return "none"
    text = f'"{value}"' if isinstance(value, str) else to_json(value)
    return safe_line(text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 1] + "…")
