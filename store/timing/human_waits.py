"""Which spans are waits for a person: approvals, and questions to the user."""

from __future__ import annotations

import re
from functools import lru_cache

from ..model.rows import SpanRow

HUMAN = "HUMAN"
"""The kind of a span that waits for a person, from a program or from the attributes of an SDK (`store/conventions`)."""

_NAMES = frozenset(
    (
        "approval",
        "ask_human",
        "ask_user",
        "ask_user_question",
        "await_approval",
        "await_human_input",
        "blocked_on_user",
        "get_human_input",
        "human",
        "human_approval",
        "human_in_the_loop",
        "human_input",
        "human_review",
        "user_approval",
        "user_input",
        "wait_for_approval",
        "wait_for_human",
        "wait_for_user",
    )
)
"""Names that frameworks and people give to such spans; a longer name may be of something else."""

_CAMEL = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_BREAKS = re.compile("[ -]+")


def waits_for_person(span: SpanRow) -> bool:
    """Whether a span says, by its kind or its name, that it waits for a person."""
    return is_human_wait(span.kind, span.name)


def is_human_wait(kind: str, name: str) -> bool:
    """Whether a kind or a name says that a span waits for a person."""
    return kind == HUMAN or _says_so(name)


@lru_cache(4096)
def _says_so(name: str) -> bool:
    last = name.rpartition(".")[2]
    return len(last) < 24 and _BREAKS.sub("_", _CAMEL.sub("_", last)).lower() in _NAMES
