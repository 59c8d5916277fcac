"""Waits for people are told by the kind of a span, or by its name."""

from __future__ import annotations

import pytest

from tests.support.forests import span
from tracetui.store.conventions.dialects import derivation, derive
from tracetui.store.timing.human_waits import HUMAN, waits_for_person


@pytest.mark.parametrize(
    "name", ["human_input", "claude_code.tool.blocked_on_user", "AskUserQuestion", "wait for approval", "Human Review"]
)
def test_names_of_frameworks_say_that_a_span_waits_for_a_person(name: str) -> None:
    """However the words are joined."""
    assert waits_for_person(span(1)._replace(name=name, kind="TOOL"))


@pytest.mark.parametrize("name", ["check_approval_status", "HumanMessage", "user", "humanize", ""])
def test_other_names_do_not(name: str) -> None:
    """Rather no wait than a wrong one."""
    assert not waits_for_person(span(1)._replace(name=name, kind="TOOL"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mlflow.spanType", "HUMAN"),
        ("gen_ai.operation.name", "await_human_input"),
        ("span.type", "tool.blocked_on_user"),
    ],
)
def test_attributes_of_frameworks_make_the_kind_human(key: str, value: str) -> None:
    """A program that sets the kind itself, AG2, Claude Code."""
    assert derive(derivation([key]), [value])["kind"] == HUMAN
    assert waits_for_person(span(1)._replace(name="anything", kind=HUMAN))
