"""New messages set off from repeated ones."""

from __future__ import annotations

from tests.store.chat.said import CALL, RESULT, assistant, system, tool, user
from tracetui.store.chat.history import repeated_messages


def test_the_next_call_of_an_agent_repeats_the_messages_of_the_previous_one() -> None:
    """Only the answer and the result of the tool are new."""
    first = [system("Be short."), user("Sky?")]
    assert repeated_messages(first, [*first, assistant(CALL, id="a"), tool(RESULT)]) == 2


def test_a_changed_message_ends_the_repetition() -> None:
    """What comes after it is sent in another context."""
    said = [system("Be short."), user("Sky?"), assistant("Sunny.")]
    assert repeated_messages(said, [said[0], user("Sea?"), said[2]]) == 1
    assert repeated_messages([], said) == 0
