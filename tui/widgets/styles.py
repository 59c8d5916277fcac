"""The colours that lines are drawn with: each is a component class of the app, so that app.tcss and the theme decide.

Not of each widget: Textual works the component classes of a widget out again whenever a class of anything around it
changes, and for a dozen widgets that took as long as all the rest of the first frame.
"""

from __future__ import annotations

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
        "unset",
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
    """A widget that draws its own lines, in inks; its app has `INKS` and `GROUNDS` as component classes."""

    def ink(self, name: str, ground: str = "") -> Style:
        """The style of the ink `name` where this widget stands, on the ink `ground` if one is given."""
        styles: dict[tuple[str, str], Style] = self.__dict__.setdefault("_inks", {})
        style = styles.get((name, ground))
        if style is None:
            ink = self.app.get_component_styles(f"ink--{name}")
            behind = self.background_colors[1]
            below = behind
            if ground:
                below += self.app.get_component_styles(f"ink--{ground}").background
            # Faint inks are mixed with what the widget stands on, so that the cursor's line keeps its contrast.
            style = Style.from_color((behind + ink.color).rich_color, below.rich_color) + ink.text_style
            styles[name, ground] = style
        return style

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a state class has changed."""
        self.__dict__.pop("_inks", None)
        super().notify_style_update()
