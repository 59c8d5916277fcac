"""The theme of the explorer: dark backgrounds, and one colour for each meaning."""

from __future__ import annotations

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
