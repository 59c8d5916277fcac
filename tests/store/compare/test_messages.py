"""Conversations are compared message by message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.compare.json_difference import MISSING, JsonDifference, first_difference
from tracetui.store.compare.messages import Change, MessageText, compare_messages

_TALK = st.lists(
    st.builds(MessageText, st.sampled_from(["user", "assistant"]), st.sampled_from(["hi", "hi there", "bye"]))
)


def changes(first: list[MessageText], second: list[MessageText]) -> list[tuple[str, int | None, int | None]]:
    return [(one.change.value, one.first, one.second) for one in compare_messages(first, second)]


def test_a_changed_prompt_an_added_turn_and_a_cut_one_are_told_apart() -> None:
    """As in a diff of code, but a message is a whole."""
    first = [
        MessageText("system", "You answer questions about the handbook."),
        MessageText("user", "What is a span?"),
        MessageText("user", "Be brief."),
    ]
    second = [
        MessageText("system", "You answer questions about the handbook in German."),
        MessageText("user", "What is a span?"),
        MessageText("assistant", "One operation."),
    ]
    assert changes(first, second) == [
        ("changed", 0, 0),
        ("same", 1, 1),
        ("cut", 2, None),
        ("added", None, 2),
    ]


@given(_TALK)
def test_a_conversation_does_not_differ_from_itself(talk: list[MessageText]) -> None:
    """Repeated messages included."""
    assert {one.change for one in compare_messages(talk, talk)} <= {Change.SAME}


@given(_TALK, _TALK)
def test_every_message_is_there_once(first: list[MessageText], second: list[MessageText]) -> None:
    """None is lost, and pairs are of one role."""
    compared = compare_messages(first, second)
    assert [one.first for one in compared if one.first is not None] == list(range(len(first)))
    assert [one.second for one in compared if one.second is not None] == list(range(len(second)))
    assert all(
        first[one.first].role == second[one.second].role
        for one in compared
        if one.first is not None and one.second is not None
    )


def test_the_first_argument_that_differs_is_named() -> None:
    """A person sees which one it is without comparing two objects."""
    first = {"query": "ttft", "filters": [{"year": 2025}], "k": 5}
    second = {"query": "ttft", "filters": [{"year": 2026}], "k": 6}
    assert first_difference(first, second) == JsonDifference("filters.0.year", 2025, 2026)
    assert first_difference(first, {"query": "ttft"}) == JsonDifference("filters", [{"year": 2025}], MISSING)
    assert first_difference({}, {"k": 1}) == JsonDifference("k", MISSING, 1)
    assert first_difference("a", "b") == JsonDifference("", "a", "b")
    assert first_difference([1], [True]) == JsonDifference("0", 1, True)
    assert first_difference(first, dict(reversed(first.items()))) is None
