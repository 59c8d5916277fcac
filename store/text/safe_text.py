"""The one sanitiser between stored text and a terminal: whatever a trace holds, what is drawn is only drawn.

Prompts, tool results and names come from models and from the network. An escape sequence among them
could clear the screen, write to the clipboard or rename the window; a direction override could reorder
a line; characters without a width could hide text or break a column. Each of them becomes a symbol that
shows that something is there: control characters their Unicode control picture, the rest U+FFFD.

What has no width but belongs to a script stays where that script wants it: variation selectors after
their base, joiners inside emoji and between letters of scripts that join (Persian, Hindi and others).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NEW_LINE = "⏎"
"""Shows a line break in a text of one line."""
TAB = "⇥"
"""Shows a tab in a text of one line."""
REPLACEMENT = "�"
"""Shows a character that has no picture of its own."""

TAB_CELLS = 4
"""Distance of the tab stops in a text of many lines."""

# Character classes, as the inside of [...]. Controls C0, DEL and C1; line and paragraph separators; surrogates;
# non-characters; interlinear annotations; and Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt)
# but for joiners and variation selectors, which depend on what is beside them.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff"
_IGNORABLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe00-\ufe0f"
_IDEOGRAPH_SELECTORS = "\U000e0100-\U000e01ef"
_INVISIBLE = _CONTROLS + _IGNORABLE + _JOINERS + _SELECTORS + _IDEOGRAPH_SELECTORS

_EMOJI = "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINING_LETTERS = "\u0600-\u061b\u061d-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u18af"
_IDEOGRAPHS = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# One class first, which `re` finds fast, and then what it must not have beside it.
_UNSAFE = re.compile(
    f"[{_INVISIBLE}]"
    f"(?<![{_EMOJI}]\u200d(?=[{_EMOJI}]))"
    f"(?<![{_EMOJI}]\ufe0f\u200d(?=[{_EMOJI}]))"
    f"(?<![{_JOINING_LETTERS}][{_JOINERS}](?=[{_JOINING_LETTERS}]))"
    f"(?<![^\x00-\x7f{_INVISIBLE}][{_SELECTORS}])"
    f"(?<![0-9#*]\ufe0f(?=\u20e3))"
    f"(?<![{_IDEOGRAPHS}][{_IDEOGRAPH_SELECTORS}])"
)

_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {
    "\x7f": "␡",
    "\u2028": NEW_LINE,
    "\u2029": NEW_LINE,
}


def safe_line(text: str, *, max_chars: int | None = None) -> str:
    """`text` in one line that a terminal can only draw; line breaks and tabs show as symbols.

    `max_chars` bounds the work for a cell that shows only the beginning of a long text.
    """
    if max_chars is not None and len(text) > max_chars:
        text = text[:max_chars]
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", NEW_LINE).replace("\n", NEW_LINE).replace("\t", TAB)
    return _UNSAFE.sub(_picture, text)


def safe_lines(text: str) -> list[str]:
    """The lines of `text`, each of them safe to draw, tabs expanded; an empty text is one empty line."""
    return [
        line if line.isascii() and line.isprintable() else _UNSAFE.sub(_picture, line.expandtabs(TAB_CELLS))
        for line in text.replace("\r\n", "\n").split("\n")
    ]


def find_unsafe(text: str) -> re.Match[str] | None:
    """The first character that must not reach a terminal, if there is any."""
    return None if text.isascii() and text.isprintable() else _UNSAFE.search(text)


def replace_unsafe(text: str, replacement_of: Callable[[str], str]) -> str:
    """`text` with every character that must not reach a terminal replaced; line breaks and tabs are such."""
    return _UNSAFE.sub(lambda match: replacement_of(match[0]), text)


def _picture(match: re.Match[str]) -> str:
    return _PICTURES.get(match[0], REPLACEMENT)
