"""The list of groups as the user sees it: where the cursor is, and the way back to it from the traces of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from ...store.read.groups import Group, Groups, Key


class GroupListing:
    """Rows 0, 1, 2 ... are groups in the order of the filter. The cursor stays on its group while they are counted."""

    def __init__(self) -> None:
        self.groups: Groups | None = None
        self.selected: Key | None = None
        """The group under the cursor."""
        self._paused = False
        self._arrived: Groups | None = None
        self._way_back: tuple[str, str] | None = None

    def __len__(self) -> int:
        return len(self.groups.groups) if self.groups else 0

    def __getitem__(self, row: int) -> Group:
        assert self.groups is not None
        return self.groups.groups[row]

    def take(self, groups: Groups) -> None:
        """The groups were counted, or counted again; during a pause they wait."""
        if self._paused:
            self._arrived = groups
        else:
            self.groups = groups

    def clear(self) -> None:
        """It is another filter, or another file."""
        self.groups = self._arrived = None

    def pause(self) -> None:
        """Hold the list as it is."""
        self._paused = True

    def resume(self) -> None:
        """Show what came meanwhile."""
        self._paused = False
        if self._arrived is not None:
            self.groups, self._arrived = self._arrived, None

    def select(self, row: int) -> None:
        """The user moved."""
        if 0 <= row < len(self):
            self.selected = self[row].key

    def cursor(self) -> int:
        """The row of the cursor; the first one when its group is there no more."""
        return next((row for row in range(len(self)) if self[row].key == self.selected), 0)

    def enter(self, query: Query, row: int) -> str:
        """Go into a group: the filter that finds its traces."""
        from ...store.filter.assist.group_filter import narrowed

        self.select(row)
        text = narrowed(query, self[row].key)
        self._way_back = (text, query.text)
        return text

    def way_back(self, text: str) -> str | None:
        """The filter with the groups from one of which the filter `text` was made; None when it was not."""
        if self._way_back is None or self._way_back[0] != text:
            return None
        return self._way_back[1]
