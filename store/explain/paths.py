"""The paths of spans: names from the root, numbered, with repetitions folded."""

from __future__ import annotations

ROOT = 0
"""The path of what is above the root."""


class Paths:
    """Numbers for paths. A name that occurs again below itself is a recursion: its path is the first one."""

    def __init__(self) -> None:
        self._names: list[tuple[str, ...]] = [()]
        self._below: dict[tuple[int, str], int] = {}

    def below(self, path: int, name: str) -> int:
        """Return the path of a span with this name below a span with the path `path`."""
        found = self._below.get((path, name))
        if found is None:
            found = self._below[path, name] = self._add(path, name)
        return found

    def names(self, path: int) -> tuple[str, ...]:
        """Return the names of a path, the root first."""
        return self._names[path]

    def _add(self, path: int, name: str) -> int:
        names = self._names[path]
        if name in names:
            short = names[: names.index(name) + 1]
            return self._names.index(short)
        self._names.append((*names, name))
        return len(self._names) - 1
