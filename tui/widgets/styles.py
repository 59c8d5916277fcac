"""The text styles and backgrounds of drawn lines. Each is a component class of the app; app.tcss defines its colours.

They are not component classes of the widgets: Textual computes those again whenever a class of an ancestor changes,
which took as long as the rest of the first frame for a dozen widgets.
"""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

TEXT_STYLES = frozenset(
    f"text--{name}"
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
        "path",
        "added",
        "removed",
        "changed",
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
"""The styles of text, each named by the meaning of the text."""

BACKGROUNDS = frozenset({"text--cursor", "text--cursor-away", "text--hit"})
"""The backgrounds of the cursor's line, and of a text that was searched for."""


class StyledWidget(Widget):
    """A widget that draws its own lines. Its app has `TEXT_STYLES` and `BACKGROUNDS` as component classes."""

    def line_style(self, name: str, background: str = "") -> Style:
        """Returns the text style `name` on the background of this widget, or on the named `background`."""
        cache: dict[tuple[str, str], Style] = self.__dict__.setdefault("_line_styles", {})
        style = cache.get((name, background))
        if style is None:
            text = self.app.get_component_styles(f"text--{name}")
            widget_colour = self.background_colors[1]
            colour = widget_colour
            if background:
                colour += self.app.get_component_styles(f"text--{background}").background
            # Translucent text is blended with the widget's background, so that it keeps its contrast under the cursor.
            style = Style.from_color((widget_colour + text.color).rich_color, colour.rich_color) + text.text_style
            if self.app.no_color and background:
                style += Style(reverse=background == "cursor", underline=background != "cursor")
            cache[name, background] = style
        return style

    def notify_style_update(self) -> None:
        """Drop the cached styles: the theme or a class has changed."""
        self.__dict__.pop("_line_styles", None)
        super().notify_style_update()
