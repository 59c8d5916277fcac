"""What the explorer remembers of a trace file: how its list was shown, and which filters were used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..layout.pane_shares import PaneShares
from ..layout.trace_columns import LEAST_CELLS, MOST_CELLS, ColumnChoice, column_of

MOST_FILTERS = 100
"""The most filters that are remembered."""


@dataclass
class View:
    """A way to show the list: its columns, and the order."""

    columns: list[str] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)
    order: list[Any] = field(default_factory=list)
    """The key of the sorted column, and whether the largest value comes first; empty for newest first."""

    @property
    def choice(self) -> ColumnChoice:
        """The columns, without those that no longer exist."""
        widths = {key: width for key, width in self.widths.items() if LEAST_CELLS <= width <= MOST_CELLS}
        return ColumnChoice(tuple(key for key in self.columns if column_of(key) is not None), widths)


@dataclass
class Memory:
    """What is remembered; None for what the user has not changed."""

    view: View | None = None
    views: dict[str, View] = field(default_factory=dict)
    """Views by the names that the user gave them."""
    shares: PaneShares | None = None
    theme: str | None = None
    relative: bool | None = None
    filters: list[str] = field(default_factory=list)
    """The filters that were used, the last one last."""


def read_memory(path: Path) -> Memory:
    """Returns what is remembered at `path`; nothing where there is no such file, or another one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Memory()
    memory = Memory()
    if not isinstance(document, dict):
        return memory
    memory.view = _view(document.get("view"))
    views = document.get("views")
    for name, view in views.items() if isinstance(views, dict) else ():
        if (read := _view(view)) is not None:
            memory.views[str(name)] = read
    shares = document.get("shares")
    if (
        isinstance(shares, list)
        and len(shares) == 2
        and all(isinstance(one, int) and 10 <= one <= 90 for one in shares)
    ):
        memory.shares = PaneShares(*shares)
    theme, relative, filters = document.get("theme"), document.get("relative"), document.get("filters")
    memory.theme = theme if isinstance(theme, str) else None
    memory.relative = relative if isinstance(relative, bool) else None
    memory.filters = (
        [one for one in filters if isinstance(one, str)][-MOST_FILTERS:] if isinstance(filters, list) else []
    )
    return memory


def write_memory(path: Path, memory: Memory) -> bool:
    """Write what is remembered, for its owner only; returns whether that was possible.

    The file is replaced as a whole, so that an explorer that reads it meanwhile sees the old one or the new one.
    """
    document = asdict(memory) | {"filters": memory.filters[-MOST_FILTERS:]}
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=True, indent=1)
        os.replace(beside, path)
    except OSError:  # a folder that cannot be written, a full disk: remembering is no reason to fail
        with suppress(OSError):
            beside.unlink()
        return False
    return True


def _view(value: Any) -> View | None:
    if not isinstance(value, Mapping):
        return None
    columns, widths, order = value.get("columns"), value.get("widths"), value.get("order")
    view = View()
    if isinstance(columns, list):
        view.columns = [one for one in columns if isinstance(one, str)]
    if isinstance(widths, dict):
        view.widths = {key: one for key, one in widths.items() if isinstance(one, int)}
    if isinstance(order, list) and len(order) == 2 and isinstance(order[0], str) and isinstance(order[1], bool):
        view.order = order
    return view
