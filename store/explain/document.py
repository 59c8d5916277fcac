"""The explanation as JSON."""

from __future__ import annotations

from typing import Any

from .explanation import Explanation
from .ledger import Line, PerTrace
from .trace_parts import Measure

UNITS = {
    Measure.DURATION: "ns",
    Measure.TTFT: "ns",
    Measure.COST: "usd",
    Measure.TOKENS: "tokens",
    Measure.ERRORS: "failures",
}


def explanation_object(found: Explanation) -> dict[str, Any]:
    """Return the explanation.

    of, unit; a, b: {filter, traces, total (null: not counted), first_start_ns, last_start_ns, mean, counted (traces
    with a value), failed}; difference; ledger: lines with path, share, difference and its parts more_calls,
    more_a_call, more_tokens, slower_tokens, and a, b: {amount, calls, output_tokens_per_call} of a trace; failures:
    {path, exception, message, traces, share, examples}; common: {conditions, share_a, share_b, interval_a, lift, phi,
    p_value, examples, filter}; warnings.
    """
    table = found.ledger
    return {
        "of": found.measure.value,
        "unit": UNITS[found.measure],
        "a": _set_object(found, 0),
        "b": _set_object(found, 1),
        "difference": None if table is None else table.difference,
        "ledger": None if table is None else [_line_object(line) for line in table.lines],
        "failures": [
            {
                "path": list(one.kind.path),
                "exception": one.kind.exception or None,
                "message": one.kind.message,
                "traces": one.traces,
                "share": one.traces / found.failed[0] if found.failed[0] else None,
                "examples": _ids(found, one.examples),
            }
            for one in found.failures
        ],
        "common": [
            {
                "conditions": [same.condition for same in one.same],
                "share_a": one.table.share_a,
                "share_b": one.table.share_b,
                "interval_a": list(one.interval_a),
                "lift": one.lift,
                "phi": one.phi,
                "p_value": one.p_value,
                "examples": _ids(found, one.examples),
                "filter": text,
            }
            for one, text in zip(found.findings or (), found.filters, strict=True)
        ],
        "warnings": list(found.warnings),
    }


def _set_object(found: Explanation, side: int) -> dict[str, Any]:
    one = found.sets[side]
    means = None if found.ledger is None else (found.ledger.mean_a, found.ledger.mean_b)
    return {
        "filter": one.filter_text or None,
        "traces": len(one.traces),
        "total": one.total,
        "first_start_ns": found.spans_ns[side][0],
        "last_start_ns": found.spans_ns[side][1],
        "mean": None if means is None or not found.counted[side] else means[side],
        "counted": found.counted[side],
        "failed": found.failed[side],
    }


def _line_object(line: Line) -> dict[str, Any]:
    return {
        "path": list(line.path),
        "share": line.share.value,
        "difference": line.difference,
        "more_calls": line.more_calls,
        "more_a_call": line.more_a_call,
        "more_tokens": line.more_tokens,
        "slower_tokens": line.slower_tokens,
        "a": _per_trace_object(line.a),
        "b": _per_trace_object(line.b),
    }


def _per_trace_object(one: PerTrace) -> dict[str, Any]:
    return {"amount": one.amount, "calls": one.calls, "output_tokens_per_call": one.tokens}


def _ids(found: Explanation, numbers: tuple[int, ...]) -> list[str]:
    return [found.trace_ids[number].hex() for number in numbers]
