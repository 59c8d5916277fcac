"""One table of keys and actions, which feeds the bindings, the key line, the palette and the help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual.binding import Binding, BindingType


class Action(NamedTuple):
    """One action of the user."""

    scope: str
    """Where the keys work: `screen` everywhere, `rows` in every list, else in the pane of that name."""
    keys: str
    action: str
    label: str
    help: str
    shown: bool = False
    """Whether the key line at the bottom shows the key."""
    takes_focus: bool = False
    """Whether the action runs before the next key is dispatched, so that keys typed ahead go to the new focus."""


DEFAULT_ACTIONS = (
    Action("rows", "down,j", "cursor_down", "Down", "One row down"),
    Action("rows", "up,k", "cursor_up", "Up", "One row up"),
    Action("rows", "pagedown,ctrl+d", "page_down", "Page down", "One view down"),
    Action("rows", "pageup,ctrl+u", "page_up", "Page up", "One view up"),
    Action("rows", "home,g", "first", "First", "To the first row; in the list of traces: to the newest, and follow it"),
    Action("rows", "end,G", "last", "Last", "To the last row"),
    Action("traces", "enter,right,l", "enter", "Open", "Open the span tree of the trace", True),
    Action("groups", "enter,right,l", "enter", "Open", "Show the traces of the group; Escape returns", True),
    Action("tree", "right,l", "expand", "Expand", "Expand the span, then go to its first child, then to its details"),
    Action("tree", "left,h", "collapse", "Collapse", "Collapse the span, or go to its parent"),
    Action("tree", "enter", "enter", "Details", "Go to the details of the span", True),
    Action("tree", "o", "fold", "Fold", "Expand or collapse the span", True),
    Action("tree", "E", "expand_all", "Expand all", "Expand all spans"),
    Action("tree", "C", "collapse_all", "Collapse all", "Collapse all spans below the root"),
    Action("tree", "d", "fold_level", "Fewer levels", "Show one level of the tree less"),
    Action("tree", "D", "unfold_level", "More levels", "Show one level of the tree more"),
    Action("tree", "K", "fold_kind", "Fold kind", "Collapse all spans of this kind, or expand them"),
    Action("tree", "t", "only_path", "Critical path", "Show only what the trace waited for (◆), or all spans", True),
    Action("tree", "i", "hide_small", "Hide small", "Hide spans below a time or a share of the trace, or show them"),
    Action("tree", "F", "flame", "Flame", "Draw the spans as a flame graph, or as a tree", True),
    Action("tree", "right_parenthesis", "zoom_in", "Zoom in", "Zoom the time axis to the span"),
    Action("tree", "left_parenthesis", "zoom_out", "Zoom out", "Return to the time axis before the zoom"),
    Action("details", "enter", "enter", "Open value", "Open the whole value, or follow the link", True),
    Action("details", "R", "form", "Raw", "Show inputs and outputs as they are stored, or as they are read"),
    Action("details", "left,h", "leave", "Back", "Back to the span tree"),
    Action("text", "right_curly_bracket", "next_section", "Next section", "To the next heading"),
    Action("text", "left_curly_bracket", "previous_section", "Previous section", "To the previous heading"),
    Action("text", "slash", "search", "Search", "Search in the text; Escape ends the search", True, True),
    Action("text", "ampersand", "only", "Only", "Show only the lines with a text, as of attributes; Escape shows all"),
    Action("text", "I", "image", "Image", "Show the image under the cursor, or the next one, in half blocks"),
    Action("text", "o", "toggle_fold", "Fold", "Fold or unfold what the line begins or is part of", True),
    Action("text", "J", "fold_all", "Fold all", "Fold everything below the headings, or unfold it"),
    Action("screen", "slash", "filter", "Filter", "Filter the traces; Escape clears it", True, True),
    Action(
        "screen", "equals_sign", "only", "Only this", "Only traces with this value; of a measure, at least this", True
    ),
    Action("screen", "minus", "without", "Not this", "No traces with this value; of a measure, less than this"),
    Action(
        "screen", "number_sign", "values", "Values", "The values of this field with their counts; each filters", True
    ),
    Action("screen", "v", "conversation", "Session", "Read the session of this trace as one conversation", True),
    Action("screen", "V", "sessions", "Sessions", "All sessions of the filter: turns, users, tokens, cost, errors"),
    Action(
        "screen",
        "O",
        "overview",
        "Overview",
        "How it is going: rate, failures, latency over time, top of everything",
        True,
    ),
    Action("screen", "Z", "undo_filter", "Filter back", "To the filter before this one"),
    Action("screen", "s", "sort", "Sort", "Sort the list by a column; a click on its title does the same", True),
    Action("screen", "S", "reverse", "Reverse", "Sort the list the other way round"),
    Action("screen", "a", "relative", "Age", "Show how long ago traces started, or their time"),
    Action("screen", "c", "columns", "Columns", "Choose, move and widen the columns; name and recall views"),
    Action("screen", "T", "theme", "Theme", "Choose the colours"),
    Action("screen", "ctrl+z", "suspend", "Suspend", "Return to the shell; `fg` comes back"),
    Action("screen", "f", "follow", "Follow", "Follow the newest trace, until you move", True),
    Action("screen", "space", "pause", "Pause", "Pause the screen; new traces are counted", True),
    Action("screen", "n", "next_match", "Next match", "To the next span that matches the filter"),
    Action("screen", "N", "previous_match", "Previous match", "To the previous span that matches the filter"),
    Action(
        "screen", "left_square_bracket", "previous_trace", "Newer trace", "To the next newer trace, at the same span"
    ),
    Action("screen", "right_square_bracket", "next_trace", "Older trace", "To the next older trace, at the same span"),
    Action("screen", "m", "mark", "Mark", "Mark the trace, to compare, export or delete it; in the tree, the span"),
    Action("screen", "w", "why", "Why", "Explain what is filtered: what takes the time, and what they have in common"),
    Action("screen", "M", "compare", "Compare", "Compare with the marked trace or span"),
    Action("screen", "z", "zoom", "Zoom", "Show the details on the whole screen, or return", True),
    Action("screen", "plus", "larger", "Larger", "The pane on half of the screen, then on all of it"),
    Action("screen", "underscore", "smaller", "Smaller", "The pane back to half of the screen, then to its own size"),
    Action("screen", "greater_than_sign", "grow", "Wider", "Make the pane wider, the list higher; or drag the line"),
    Action("screen", "less_than_sign", "shrink", "Narrower", "Make the pane narrower, the list lower"),
    Action("screen", "y", "copy", "Copy", "Copy the leaf, the value or the name under the cursor", True),
    Action("screen", "Y", "copy_menu", "Copy …", "Choose what to copy: answer, prompt, message, span, trace, command"),
    Action("screen", "W", "save", "Save", "Write the value under the cursor to a new file in the current directory"),
    Action("screen", "p", "pager", "Pager", "Open the value under the cursor in $PAGER"),
    Action("screen", "P", "editor", "Editor", "Open a copy of the value under the cursor in $EDITOR"),
    Action("screen", "r", "reader", "Read", "Read the whole trace as text, from top to bottom", True),
    Action("screen", "e", "export", "Export", "Write the trace as JSON into the current directory", True),
    Action("screen", "x", "export_menu", "Export …", "Export this trace, the marked ones or those of the filter"),
    Action("screen", "asterisk", "star", "Star", "Give the trace a star, or take it away; is:starred finds it"),
    Action("screen", "1", "thumb_up", "Thumb up", "Say that the trace or the span is good; again takes it back"),
    Action("screen", "0", "thumb_down", "Thumb down", "Say that the trace or the span is bad; again takes it back"),
    Action("screen", "A", "opinion", "Say …", "Write a note, a score, the expected answer or a tag"),
    Action("screen", "delete", "delete", "Delete", "Delete the trace, or the marked traces, from the file"),
    Action("screen", "U", "undelete", "Undelete", "Bring back what was deleted in the last 30 seconds"),
    Action("screen", "ctrl+o,alt+left", "go_back", "Where I was", "To the filter, trace and span before"),
    Action("screen", "alt+right", "go_forward", "Forward", "To the filter, trace and span after"),
    Action("screen", "u", "utc", "UTC", "Show times in UTC, or in local time"),
    Action("screen", "tab", "next_pane", "Next pane", "To the next pane"),
    Action("screen", "shift+tab", "previous_pane", "Previous pane", "To the previous pane"),
    Action("screen", "escape", "back", "Back", "One level back: from zoom, pane or filter"),
    Action("screen", "question_mark", "help", "Help", "All keys, on one page", True),
    Action("screen", "q", "quit", "Quit", "Leave tracetui", True),
    Action("pairs", "enter", "enter", "Texts", "Go to the texts that differ", True),
    Action("pairs", "n", "next_difference", "Next difference", "To the next pair that differs in more than time", True),
    Action("pairs", "N", "previous_difference", "Previous difference", "To the previous pair that differs"),
    Action("compare", "tab", "next_pane", "Next pane", "To the texts, or back to the trees", True),
    Action("compare", "escape,q,left,h", "close", "Back", "Back to the trees, then to the explorer", True),
    Action("why", "enter", "apply", "Filter", "Filter by the line under the cursor", True),
    Action("filter", "enter", "submit", "To the list", "Go to the list of matching traces", True),
    Action("filter", "escape", "clear", "Clear", "Clear the filter; once it is empty, go back to the list", True),
    Action("filter", "tab", "complete", "Complete", "Complete the word; again for the next completion", True),
    Action("filter", "up", "older", "Earlier filter", "The previous filter", True),
    Action("filter", "down", "newer", "Later filter", "The next filter"),
    Action("columns", "space", "show_or_hide", "Show", "Show or hide the column"),
    Action("columns", "K,shift+up", "move_up", "Left", "Move the column to the left"),
    Action("columns", "J,shift+down", "move_down", "Right", "Move the column to the right"),
    Action("columns", "greater_than_sign,right", "widen", "Wider", "Make the column wider"),
    Action("columns", "less_than_sign,left", "narrow", "Narrower", "Make the column narrower"),
    Action("columns", "r", "reset", "Reset", "Show the columns that have values, as far as they fit"),
    Action("columns", "w", "name", "Name", "Keep the columns and the order under a name"),
    Action("columns", "v", "views", "Views", "Show a view that has a name"),
    Action("values", "equals_sign", "only", "Only this", "Only traces with this value; Enter does the same", True),
    Action("values", "minus", "without", "Not this", "No traces with this value", True),
    Action("values", "escape,q", "close", "Close", "Back to the list", True),
    Action("overview", "equals_sign", "only", "Only this", "Only traces of this row; Enter does the same", True),
    Action("overview", "minus", "without", "Not this", "No traces of this row", True),
    Action("overview", "tab,shift+tab", "other", "Map", "To the heat map of latency, and back", True),
    Action("overview", "escape,q,O", "close", "Back", "Back to the list of traces", True),
    Action("map", "left,h", "left", "Earlier", "To earlier traces"),
    Action("map", "right,l", "right", "Later", "To later traces"),
    Action("map", "up,k", "up", "Longer", "To longer traces"),
    Action("map", "down,j", "down", "Shorter", "To shorter traces"),
    Action("map", "space", "corner", "Box", "Begin a box at this corner, or end it; or drag with the mouse", True),
    Action("map", "enter", "enter", "Only these", "Only the traces of the box", True),
    Action("sessions", "enter,right,l,v", "read", "Read", "Read the session as one conversation", True),
    Action("sessions", "s", "order", "Sort", "Sort by the next column", True),
    Action("sessions", "escape,q,left,h,V", "close", "Back", "Back to the list of traces", True),
    Action("conversation", "enter", "enter", "To the trace", "Go to the trace of the turn under the cursor", True),
    Action("page", "n", "next_hit", "Next", "To the next place that was found"),
    Action("page", "N", "previous_hit", "Previous", "To the previous place that was found"),
    Action("page", "y", "copy", "Copy", "Copy the leaf of JSON, the message or the text under the cursor", True),
    Action("page", "Y", "copy_menu", "Copy …", "Choose what to copy", True),
    Action("page", "W", "save", "Save", "Write the whole value to a new file in the current directory", True),
    Action("page", "p", "pager", "Pager", "Open the whole value in $PAGER"),
    Action("page", "P", "editor", "Editor", "Open a copy of the whole value in $EDITOR"),
    Action("page", "w", "wrap", "Wrap", "Wrap long lines, or cut them", True),
    Action("value", "R", "form", "Raw", "Show a chat as a conversation, as JSON, or the value as it is stored", True),
    Action("reader", "enter", "enter", "To the span", "Go to the span under the cursor", True),
    Action("page", "escape,q,left,h", "close", "Back", "End the search, then go back", True),
)

ACTIONS: tuple[Action, ...] = DEFAULT_ACTIONS
"""The actions with the keys that the user has chosen; see `use_keymap`."""

ABOUT_A_TRACE = frozenset(
    {
        "mark",
        "compare",
        "why",
        "sort",
        "columns",
        "reverse",
        "relative",
        "follow",
        "zoom",
        "reader",
        "export",
        "export_menu",
        "star",
        "thumb_up",
        "thumb_down",
        "opinion",
        "delete",
        "next_trace",
        "previous_trace",
    }
    | {"copy", "copy_menu", "save", "pager", "editor"}
)
"""Actions on a trace or on the list of traces, disabled in a list of groups."""

SCOPE_TITLES = {
    "screen": "Everywhere",
    "rows": "In every list",
    "traces": "In the list of traces",
    "groups": "In the list of groups",
    "tree": "In the span tree",
    "details": "In the details",
    "text": "In every text",
    "pairs": "In the trees of a comparison",
    "compare": "In a comparison",
    "filter": "In the filter",
    "values": "In the values of a field",
    "overview": "In the overview",
    "map": "In the heat map",
    "sessions": "In the sessions",
    "conversation": "In a conversation",
    "page": "In a whole value, and in the reader",
    "columns": "In the columns",
    "value": "In a whole value",
    "reader": "In the reader",
    "why": "On the page of why",
}
"""The headings of the help, in order."""

_KEY_NAMES = {
    "slash": "/",
    "asterisk": "*",
    "delete": "Del",
    "alt+left": "Alt+←",
    "alt+right": "Alt+→",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "ampersand": "&",
    "question_mark": "?",
    "equals_sign": "=",
    "minus": "-",
    "number_sign": "#",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "underscore": "_",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
}


def remapped(keymap: Mapping[str, str]) -> tuple[Action, ...]:
    """Returns the actions with other keys: `keymap` has keys by `scope.action`."""
    return tuple(one._replace(keys=keymap.get(f"{one.scope}.{one.action}", one.keys)) for one in DEFAULT_ACTIONS)


def use_keymap(keymap: Mapping[str, str]) -> None:
    """Show other keys in the key line, the palette and the help; the app binds them."""
    global ACTIONS
    ACTIONS = remapped(keymap)


def bindings(*scopes: str) -> list[BindingType]:
    """Returns the bindings of these scopes, each with an id by which users can remap it."""
    return [
        Binding(
            one.keys,
            one.action,
            one.label,
            show=False,
            tooltip=one.help,
            id=f"{one.scope}.{one.action}",
            priority=one.takes_focus,
        )
        for one in DEFAULT_ACTIONS
        if one.scope in scopes
    ]


_ABOUT_THE_LIST = frozenset({"sort", "follow", "pause"})

OVER_THE_SCREEN = frozenset({"value", "reader", "compare", "why", "values", "sessions", "conversation", "overview"})
"""The scopes of screens over the explorer, whose keys are all there are."""

_SHARED = {
    "details": ("text",),
    "value": ("page", "text"),
    "reader": ("page", "text"),
    "why": ("page", "text"),
    "conversation": ("page", "text"),
    "map": ("overview",),
    "compare": ("pairs",),
}
"""The scopes whose keys work in a pane as well."""


def shown_in(scope: str) -> list[Action]:
    """Returns the actions of the key line while the pane `scope` has the focus: its own first, then the screen's."""
    if scope == "waiting":
        return [one for one in ACTIONS if one.action in ("help", "quit")]
    scopes = {scope, *_SHARED.get(scope, ())}
    own = [one for one in ACTIONS if one.shown and one.scope in scopes]
    if scope in OVER_THE_SCREEN or scope in ("filter", "map"):
        return own
    unfit = ABOUT_A_TRACE if scope == "groups" else ()
    taken = {one.keys for one in own}
    rest = [one for one in ACTIONS if one.shown and one.scope == "screen" and one.keys not in taken]
    if scope in ("tree", "details"):  # what is about the list goes where a narrow line leaves it out first
        rest.sort(key=lambda one: 2 if one.action in ("help", "quit") else one.action in _ABOUT_THE_LIST)
    return own + [one for one in rest if one.action not in unfit]


def key_name(keys: str) -> str:
    """Returns the display name of the first key."""
    first = keys.split(",")[0]
    return _KEY_NAMES.get(first, first.replace("ctrl+", "^"))


def key_names(keys: str) -> str:
    """Returns the display names of all keys."""
    return "  ".join(_KEY_NAMES.get(key, key.replace("ctrl+", "^")) for key in keys.split(","))
