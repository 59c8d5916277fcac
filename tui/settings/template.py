"""The settings file with every default and a comment, as `tracetui config --write` makes it."""

from __future__ import annotations

from .. import actions
from ..layout.pane_shares import PaneShares
from ..layout.trace_columns import COLUMNS, label_of
from .keymap import FIXED_SCOPES, action_id

_HEAD = """\
# Settings of tracetui's explorer. Each line shows its default: remove the # to change it.
# What you change in the explorer itself is remembered beside the trace file, and comes before this file.

# The colours: "auto" is dark or light as the terminal is; "tracetui", "tracetui-light", or a theme of Textual.
# theme = "auto"

# Times: "local" or "utc".
# time_zone = "local"

# The start of a trace in the list: "time", or "age" for how long ago it was.
# start = "time"

# Whether columns, order, sizes of panes, theme and filters are remembered for each trace file.
# remember = true

# The columns of the list, from left to right; "attr:NAME" is an attribute of your own.
# Without this line the list shows the columns that have a value in the file, as far as they fit.
{columns}

# The sizes of the panes in percent: of the list in the height, and of the tree in what is below the list.
# [layout]
# list = {list}
# tree = {tree}

# The keys of the actions, in Textual's names of keys; several with commas between them.
# [keys]
"""


def settings_text() -> str:
    """Returns the text of a settings file."""
    names = [f'"{column.key}"' for column in COLUMNS]
    columns = f"# columns = [{', '.join(names)}]\n" + "\n".join(
        f"#   {column.key:<10} {label_of(column.key)}" for column in COLUMNS
    )
    lines = [_HEAD.format(columns=columns, **PaneShares()._asdict())]
    for one in actions.DEFAULT_ACTIONS:
        if one.scope not in FIXED_SCOPES:
            setting = f'# "{action_id(one)}" = "{one.keys}"'
            lines.append(f"{setting:<44} # {one.help}\n")
    return "".join(lines)
