"""Which answers of models have had their tokens counted: an answer that is read again was not given again.

Providers keep answers: a response that was made in the background is asked for until it is done, a stored one is
read a day later. Its tokens count once, where they are told first: with the call that asked for it, or with the first
reading of what that call did not wait for. The spans of both are marked with the id of the answer, by which the file
knows that one has what the other lacks (`store.answers`), be they of several processes.
"""

from __future__ import annotations

from typing import Any, TypeGuard

ANSWER_ID = "tracetui.answer.id"
"""On a call that did not wait for its answer, and on the reading whose tokens count."""

IS_ELSEWHERE = "tracetui.answer.is_elsewhere"
"""True on a reading whose tokens do not count: of an answer that is not done, or that has been counted."""

UNFINISHED = frozenset({"queued", "in_progress", "requires_action"})
"""What an answer that is made in the background says of its status meanwhile."""

_MOST_REMEMBERED = 4_096
_LONGEST_ID = 256
"""Characters; what is longer is no id."""

_has_counted: dict[str, bool] = {}
"""By the id of an answer, the oldest first; False while the call that asked for it has told no tokens."""


def marks(
    answer_id: Any,
    status: Any,
    *,
    is_read: bool,
    has_usage: bool,
    is_of_background: bool = False,
    tells_background: bool = True,
) -> dict[str, Any]:
    """The attributes of a span that asked for an answer, or read it; with `IS_ELSEWHERE` its tokens do not count.

    `status` is that of the answer; `is_of_background` says that the call which asked for it did not wait. Where the
    answer does not tell that, as Gemini's interactions do not (`tells_background`), both spans are marked, and the file
    tells which counts.
    """
    if not is_read:
        note_call(answer_id, has_usage=has_usage)
        is_awaited = status in UNFINISHED and not has_usage
        return {ANSWER_ID: answer_id} if _is_id(answer_id) and (is_awaited or not tells_background) else {}
    if has_usage and counts_when_read(answer_id, is_of_background=is_of_background or not tells_background):
        return {ANSWER_ID: answer_id}
    if status == "failed" and not has_usage and _is_id(answer_id):
        return {ANSWER_ID: answer_id}
    return {IS_ELSEWHERE: True}


def note_call(answer_id: Any, *, has_usage: bool) -> None:
    """A call asked for this answer, and told its tokens or not yet."""
    if _is_id(answer_id):
        _remember(answer_id, has_usage or _has_counted.get(answer_id, False))


def counts_when_read(answer_id: Any, *, is_of_background: bool) -> bool:
    """Whether the tokens of an answer that was read, and tells them, count: nobody has counted them, and the call that
    asked for it could not, be it in another process."""
    if not _is_id(answer_id):
        return False
    has_counted = _has_counted.get(answer_id, not is_of_background)
    _remember(answer_id, True)
    return not has_counted


def _is_id(answer_id: Any) -> TypeGuard[str]:
    return isinstance(answer_id, str) and 0 < len(answer_id) <= _LONGEST_ID


def _remember(answer_id: str, has_counted: bool) -> None:
    _has_counted[answer_id] = has_counted
    if len(_has_counted) > _MOST_REMEMBERED:
        _has_counted.pop(next(iter(_has_counted)), None)
