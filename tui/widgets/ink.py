"""The colours that lines are drawn with: each is a component class, so that app.tcss and the theme decide."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.widget import Widget

INKS = frozenset(
    f"ink--{name}"
    for name in [
        "plain",
        "strong",
        "dim",
        "faint",
        "title",
        "key",
        "string",
        "number",
        "literal",
        "link",
        "match",
        "ok",
        "error",
        "running",
        "cancelled",
        "lost",
        "warning",
        "llm",
        "tool",
        "agent",
        "retriever",
        "chain",
        "other",
        "user",
        "assistant",
        "system",
    ]
)
"""What text can mean on this screen."""

GROUNDS = frozenset({"ink--cursor", "ink--cursor-away"})
"""The backgrounds of lines."""


class Inked(Widget):
    """A widget that draws its own lines, in inks."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(INKS | GROUNDS)

    def ink(self, name: str, ground: str = "") -> Style:
        """The style of the ink `name`, on the background of the ink `ground` if one is given."""
        styles: dict[tuple[str, str], Style] = self.__dict__.setdefault("_inks", {})
        style = styles.get((name, ground))
        if style is None:
            style = self.get_component_rich_style(f"ink--{name}")
            if ground:
                style += Style(bgcolor=self.get_component_rich_style(f"ink--{ground}").bgcolor)
            styles[name, ground] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a state class has changed."""
        self.__dict__.pop("_inks", None)
        super().notify_style_update()
