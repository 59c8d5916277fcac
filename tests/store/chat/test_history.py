"""New messages set off from repeated ones."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.store.chat.said import CALL, PNG, RESULT, assistant, system, tool, user
from tracetui.store.chat.history import History, Run
from tracetui.store.chat.message import Message

TURN = [system("Be short."), user("Sky?", PNG)]


def test_the_next_call_of_an_agent_repeats_the_messages_of_the_previous_one() -> None:
    """Only the call of the tool and its result are new, whatever an answer has beside its words."""
    new = [assistant(CALL, id="a"), tool(RESULT)]
    assert list(History(TURN).runs([*TURN, *new])) == [Run(True, TURN), Run(False, new)]


def test_a_changed_message_is_new_and_the_others_stay_repeated() -> None:
    """A system prompt with the time of day does not hide that the rest is the same."""
    changed = [system("Be short. It is noon."), *TURN[1:]]
    assert [run.is_repeated for run in History(TURN).runs(changed)] == [False, True]


def test_an_answer_that_is_sent_back_was_said_before() -> None:
    """The answer of one call is the history of the next."""
    history = History(TURN)
    history.add([assistant(CALL, finish_reason="tool_calls")])
    assert list(history.runs([*TURN, assistant(CALL)])) == [Run(True, [*TURN, assistant(CALL)])]


MESSAGES = st.lists(st.sampled_from([*TURN, assistant("Sunny."), assistant(CALL), tool(RESULT)]), max_size=8)


@given(MESSAGES, MESSAGES)
def test_runs_have_every_message_once_and_in_order(before: list[Message], messages: list[Message]) -> None:
    """Nothing is left out, and two runs of one sort never follow each other."""
    runs = list(History(before).runs(messages))
    assert [message for run in runs for message in run.messages] == messages
    assert all(one.is_repeated != other.is_repeated for one, other in pairwise(runs))
