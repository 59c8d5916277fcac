"""`why`: what makes some of the recorded traces slow, dear or wrong."""

from __future__ import annotations

import time
from typing import Any

from ...store.explain.document import explanation_object
from ...store.explain.explanation import NoTracesError, Question, explain
from ...store.explain.trace_parts import Measure
from ...store.filter.values.patterns import PatternError
from ..exceptions import InvalidValueError
from .open_file import opened_file
from .query import query_of


def why(filter_string: str, *, vs: str | None = None, of: str | None = None) -> dict[str, Any] | None:
    """Explain what makes the traces that match a filter differ from others; None if there is nothing to compare.

    `vs` is the filter of the other traces, by default those with the same root names; `of` is duration, ttft, cost,
    tokens or errors, by default errors where all traces failed, otherwise duration. The result is what
    `tracetui why --json` prints: a ledger whose lines add up to the difference of the means, and what the traces have
    in common. Raises ValueError for an invalid filter.
    """
    if of is not None and of not in (names := [one.value for one in Measure]):
        raise InvalidValueError(f"of={of!r}: give one of {', '.join(names)}")
    first, second = query_of(filter_string), None if vs is None else query_of(vs)
    question = Question(first, second, None if of is None else Measure(of))
    with opened_file() as reader:
        if reader is None or not reader.ready:
            return None
        now_ns = time.time_ns()
        found = None
        try:
            for found in explain(reader, question, now_ns=now_ns, gone=reader.gone_processes(now_ns)):  # noqa: B007
                pass
        except NoTracesError:
            return None
        except PatternError as error:
            raise InvalidValueError(str(error)) from None
    return None if found is None else explanation_object(found)
