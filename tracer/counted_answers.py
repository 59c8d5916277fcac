"""Which answers of models have had their tokens counted: an answer that is read again was not given again.

Providers keep answers: a response that was made in the background is asked for until it is done, a stored one is
read a day later. Its tokens count once, where they are told first: with the call that asked for it, or with the first
reading of what that call did not wait for.
"""

from __future__ import annotations

from typing import Any

_MOST_REMEMBERED = 4_096

_has_counted: dict[str, bool] = {}
"""By the id of an answer, the oldest first; False while the call that asked for it has told no tokens."""


def note_call(answer_id: Any, *, has_usage: bool) -> None:
    """A call asked for this answer, and told its tokens or not yet."""
    if isinstance(answer_id, str) and answer_id:
        _remember(answer_id, has_usage or _has_counted.get(answer_id, False))


def counts_when_read(answer_id: Any, *, is_of_background: bool) -> bool:
    """Whether the tokens of an answer that was read, and tells them, count: nobody has counted them, and the call that
    asked for it could not, be it in another process."""
    if not isinstance(answer_id, str) or not answer_id:
        return False
    has_counted = _has_counted.get(answer_id, not is_of_background)
    _remember(answer_id, True)
    return not has_counted


def _remember(answer_id: str, has_counted: bool) -> None:
    _has_counted[answer_id] = has_counted
    if len(_has_counted) > _MOST_REMEMBERED:
        _has_counted.pop(next(iter(_has_counted)), None)
