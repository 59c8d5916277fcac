"""The users of the demo and the faults they meet."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.demo.provider import FAULTS, REQUESTS_WITHOUT_FAULT, fault_of
from tracetui.tui.demo.traffic import CONVERSATIONS, GAP_MS, plan


def test_plan_is_the_same_for_the_same_seed() -> None:
    """Two runs ask the same questions; another seed asks others."""
    assert list(islice(plan(7), 60)) == list(islice(plan(7), 60)) != list(islice(plan(8), 60))


@given(st.integers())
def test_plan_asks_one_to_three_times_a_second_in_the_order_of_each_conversation(seed: int) -> None:
    """The questions of a session come in the order of its script."""
    planned = list(islice(plan(seed), 50))
    assert planned[0].gap_ms == 0
    assert all(GAP_MS[0] <= one.gap_ms <= GAP_MS[1] for one in planned[4:])
    for session in {one.body["session"] for one in planned}:
        questions = tuple(one.body["question"] for one in planned if one.body["session"] == session)
        assert any(questions == conversation[: len(questions)] for conversation in CONVERSATIONS)


@given(st.integers(), st.integers(0, 50))
def test_every_dozen_of_requests_meets_each_fault(seed: int, dozen: int) -> None:
    """No run is without faults, and none has faults only."""
    first = REQUESTS_WITHOUT_FAULT + dozen * len(FAULTS)
    met = [fault_of(seed, number) for number in range(first, first + len(FAULTS))]
    assert sorted(map(repr, met)) == sorted(map(repr, FAULTS))
