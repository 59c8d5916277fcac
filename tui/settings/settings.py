"""The settings of the explorer, read from a TOML file. A mistake in the file costs one setting, and is named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..layout.pane_shares import PaneShares
from ..layout.trace_columns import NO_CHOICE, ColumnChoice, column_of
from .keymap import read_keymap


@dataclass(frozen=True)
class Settings:
    """What a user can set. The defaults are those of the explorer without a file."""

    theme: str = "auto"
    """The name of a theme; `auto` takes the dark or the light one, as the terminal is."""
    utc: bool = False
    """Whether times are UTC rather than local."""
    relative: bool = False
    """Whether the list shows how long ago traces started."""
    columns: ColumnChoice = NO_CHOICE
    shares: PaneShares = field(default_factory=PaneShares)
    keymap: Mapping[str, str] = field(default_factory=dict)
    """The keys of actions by their ids; see `keymap`."""
    remembers: bool = True
    """Whether the explorer remembers columns, order, sizes, theme and filters of a trace file."""
    problems: tuple[str, ...] = ()
    """What is wrong in the file, in words."""


def read_settings(path: Path) -> Settings:
    """Returns the settings of a file; the defaults where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # takes 4 ms, which the first frame need not wait for without a file

        document = tomllib.loads(text)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:  # also of what is no TOML, or no UTF-8
        return Settings(problems=(f"{path} cannot be read: {error}",))
    return settings_of(document)


def settings_of(document: Mapping[str, Any]) -> Settings:
    """Returns the settings of a parsed file."""
    settings, problems = Settings(), []
    for name, value in document.items():
        read = _READERS.get(name)
        if read is None:
            problems.append(f"{name}: no such setting{_meant(name, _READERS)}")
            continue
        try:
            settings = replace(settings, **read(value))
        except ValueError as error:
            problems.append(f"{name}: {error}")
    keymap, wrong = read_keymap(document.get("keys", {}))
    return replace(settings, keymap=keymap, problems=(*problems, *wrong))


def _theme(value: Any) -> dict[str, Any]:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is not the name of a theme")
    return {"theme": value}


def _time_zone(value: Any) -> dict[str, Any]:
    return {"utc": _one_of(value, ("local", "utc")) == "utc"}


def _start(value: Any) -> dict[str, Any]:
    return {"relative": _one_of(value, ("time", "age")) == "age"}


def _columns(value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
        raise ValueError("not a list of names")
    for key in value:
        if column_of(key) is None:
            raise ValueError(f"no column is called {key!r}; an attribute is written attr:NAME")
    return {"columns": ColumnChoice(tuple(value))}


def _layout(value: Any) -> dict[str, Any]:
    shares = PaneShares()
    if not isinstance(value, dict) or value.keys() - {"list", "tree"}:
        raise ValueError("not a table of `list` and `tree`")
    for name, percent in value.items():
        if not isinstance(percent, int) or not 10 <= percent <= 90:
            raise ValueError(f"{name} is not a number of percent from 10 to 90")
        shares = shares._replace(**{name: percent})
    return {"shares": shares}


def _remember(value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return {"remembers": value}


def _keys(value: Any) -> dict[str, Any]:
    return {}  # read after the others: the keys of one action depend on those of all


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError(f"{value!r} is none of {', '.join(words)}")
    return str(value)


def _meant(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


_READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "theme": _theme,
    "time_zone": _time_zone,
    "start": _start,
    "columns": _columns,
    "layout": _layout,
    "remember": _remember,
    "keys": _keys,
}
"""Each setting, and what reads its value."""
