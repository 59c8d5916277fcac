"""The themes of the explorer, dark and light, with one colour for each meaning."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

TRACETUI = Theme(
    name="tracetui",
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#7dcfff",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#c8d0e8",
    background="#15171e",
    surface="#1a1d26",
    panel="#232733",
    dark=True,
)

TRACETUI_LIGHT = Theme(
    name="tracetui-light",
    primary="#2559c7",
    secondary="#7a3fb3",
    accent="#00718f",
    success="#3d7a12",
    warning="#9a6200",
    error="#c22f4e",
    foreground="#23283a",
    background="#fbfbfd",
    surface="#f1f2f7",
    panel="#e4e7f0",
    dark=False,
)

AUTO = "auto"
"""The setting for the theme that is dark or light as the terminal is."""

_LIGHT_COLOURS = frozenset({"7", "15"})
"""White and light grey, of the 16 colours of terminals."""


def theme_of_terminal(environment: Mapping[str, str]) -> str:
    """Returns the name of the theme that fits the terminal, which tells its background in `COLORFGBG`.

    Terminals that tell nothing are taken for dark.
    """
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return TRACETUI_LIGHT.name if background in _LIGHT_COLOURS else TRACETUI.name
