"""A retry is a span that begins after a sibling of the same name has failed."""

from __future__ import annotations

from tests.support.forests import span
from tracetui.store.model.forest import build
from tracetui.store.model.rows import CANCELLED, ERROR, OK, SpanRow
from tracetui.store.timing.retries import attempts
from tracetui.store.timing.times import known_times


def numbers(*rows: SpanRow) -> dict[int, int]:
    """The number of the attempt of each span, by its id."""
    forest = build(rows)
    found = attempts(forest, known_times(forest, lambda row: 100))
    return {row.id: number for row, number in zip(forest.spans, found, strict=True)}


def call(id: int, start_ns: int, end_ns: int | None, status: str | None, name: str = "search") -> SpanRow:
    """A call below span 1."""
    return span(id, 1, start_ns, end_ns)._replace(status=status, name=name, kind="TOOL")


def test_attempts_are_counted_from_the_first_failure() -> None:
    """Two failures, a success, and then a new call."""
    assert numbers(
        span(1, None, 0, 90), call(2, 1, 5, ERROR), call(3, 6, 9, ERROR), call(4, 10, 15, OK), call(5, 20, 25, OK)
    ) == {1: 1, 2: 1, 3: 2, 4: 3, 5: 1}


def test_other_names_between_attempts_do_not_end_them() -> None:
    """A wait, or the model that is told of the failure; a cancelled call is no failure."""
    assert numbers(
        span(1, None, 0, 90), call(2, 1, 5, ERROR), call(3, 6, 9, OK, "backoff"), call(4, 10, 15, CANCELLED),
        call(5, 20, None, None),
    ) == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1}  # fmt: skip


def test_calls_that_run_at_the_same_time_are_no_retries() -> None:
    """Nor are calls below another span."""
    elsewhere = call(5, 30, 35, OK)._replace(parent_id=40)
    assert numbers(span(1, None, 0, 90), call(2, 1, 9, ERROR), call(3, 2, 8, OK), call(4, 9, 12, OK), elsewhere) == {
        1: 1,
        2: 1,
        3: 1,
        4: 1,
        5: 1,
    }
