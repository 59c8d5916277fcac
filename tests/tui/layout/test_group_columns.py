"""The columns of a list of groups."""

from __future__ import annotations

import pytest

from tests.tui.conftest import a_group
from tracetui.store.read.groups import Groups
from tracetui.tui.layout.group_columns import group_cell, group_columns


@pytest.mark.parametrize("width", [1, 10, 30, 60, 100, 200, 10_000])
def test_columns_of_groups_fit(width: int) -> None:
    """What the groups are made by comes first, and is cut last."""
    groups = Groups(("model", "a.very.long.attribute.name"), True, (), [a_group("m" * 60, "東京" * 30, spans=5)])
    columns = group_columns(groups, width)
    assert sum(column.width_cells + 2 for column in columns) - 2 <= width or len(columns) == 1
    assert [column.title for column in columns][:1] == ["model"]
    for column in columns:
        group_cell(groups, groups.groups[0], column, now_ns=0, utc=True)
