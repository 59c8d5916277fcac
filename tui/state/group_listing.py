"""The list of groups: the cursor, and the filter to return to from the traces of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...store.filter.tree.nodes import Query
    from ...store.read.groups import Group, Groups, Key


class GroupListing:
    """Row numbers are groups in the order of the filter. The cursor stays on its group while groups are counted."""

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
        """Replace the groups; during a pause the new ones are kept until it ends."""
        if self._paused:
            self._arrived = groups
        else:
            self.groups = groups

    def clear(self) -> None:
        """Remove all groups: the filter or the file has changed."""
        self.groups = self._arrived = None

    def pause(self) -> None:
        """Stop changing the list."""
        self._paused = True

    def resume(self) -> None:
        """End the pause and show the latest result."""
        self._paused = False
        if self._arrived is not None:
            self.groups, self._arrived = self._arrived, None

    def select(self, row: int) -> None:
        """Move the cursor to a row."""
        if 0 <= row < len(self):
            self.selected = self[row].key

    def cursor(self) -> int:
        """Returns the row of the cursor; 0 if its group no longer exists."""
        return next((row for row in range(len(self)) if self[row].key == self.selected), 0)

    def enter(self, query: Query, row: int) -> str:
        """Enter a group; returns the filter for its traces."""
        from ...store.filter.assist.group_filter import narrowed

        self.select(row)
        text = narrowed(query, self[row].key)
        self._way_back = (text, query.text)
        return text

    def way_back(self, text: str) -> str | None:
        """Returns the filter with by() from which `enter` made the filter `text`; None if it did not."""
        if self._way_back is None or self._way_back[0] != text:
            return None
        return self._way_back[1]
