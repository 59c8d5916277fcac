"""The keys of actions, as the settings change them. Two actions on one key are named."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from .. import actions

FIXED_SCOPES = frozenset({"filter"})
"""Scopes whose keys stay: they edit a line of text."""

_TOGETHER = {
    "traces": ("traces", "rows", "screen"),
    "groups": ("groups", "rows", "screen"),
    "tree": ("tree", "rows", "screen"),
    "details": ("details", "rows", "screen"),
}
"""The scopes whose keys work at the same time, by the pane that has the focus."""


def action_id(action: actions.Action) -> str:
    """Returns the name of an action in the settings: `screen.filter`."""
    return f"{action.scope}.{action.action}"


def read_keymap(value: Any) -> tuple[dict[str, str], list[str]]:
    """Returns the keys by ids of actions, without those that mean nothing, and what is wrong, in words.

    Keys are in Textual's words, several with commas between them: `ctrl+f,slash`.
    """
    if not isinstance(value, dict):
        return {}, ["keys: not a table of actions and keys"]
    known = {action_id(one): one for one in actions.DEFAULT_ACTIONS if one.scope not in FIXED_SCOPES}
    keymap, problems = {}, []
    for name, keys in value.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            problems.append(f"keys: no action is called {name!r}" + (f"; did you mean {close[0]}?" if close else ""))
        elif not isinstance(keys, str) or not all(part.strip() for part in keys.split(",")):
            problems.append(f"keys: {name} is not a key, or keys with commas between them")
        else:
            keymap[name] = ",".join(part.strip() for part in keys.split(","))
    clashes = sorted({*_clashes(actions.remapped(keymap))} - {*_clashes(actions.DEFAULT_ACTIONS)})
    problems += [f"keys: {key} is the key of {one} and of {other}" for key, one, other in clashes]
    return keymap, problems


def _clashes(table: tuple[actions.Action, ...]) -> Iterator[tuple[str, str, str]]:
    for scopes in (*_TOGETHER.values(), ("value",)):
        taken: dict[str, str] = {}
        for one in table:
            for key in one.keys.split(",") if one.scope in scopes else ():
                if (other := taken.setdefault(key, action_id(one))) != action_id(one):
                    yield key, other, action_id(one)


def keys_by_id(keymap: Mapping[str, str]) -> dict[str, str]:
    """Returns the keys of all actions that can be changed, for the settings file."""
    table = actions.remapped(keymap)
    return {action_id(one): one.keys for one in table if one.scope not in FIXED_SCOPES}
