"""The one sanitiser of text from traces: a terminal can only draw the result.

Prompts, tool results and names come from models and from the network. An escape sequence could clear the screen, write
to the clipboard or rename the window; a direction override could reorder a line; a character without a width could hide
text or break a column. Each becomes a visible symbol: the Unicode control picture of a control character, or U+FFFD.

Characters without a width that a script needs are kept: variation selectors after their base, joiners inside emoji and
between letters of scripts that join (Persian, Hindi and others).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NEW_LINE = "⏎"
"""The symbol for a line break in a single line."""
TAB = "⇥"
"""The symbol for a tab in a single line."""
REPLACEMENT = "�"
"""The symbol for a character without a control picture."""

TAB_CELLS = 4
"""The distance of tab stops in `safe_lines`."""

# Character classes, as the inside of [...]. Controls C0, DEL and C1; line and paragraph separators; surrogates;
# non-characters; interlinear annotations; and Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt)
# except joiners and variation selectors, which depend on their neighbours.
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

# First one character class, which `re` finds fast, then the neighbours that make the character safe.
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
    """Return `text` as one safe line; line breaks and tabs become symbols.

    `max_chars` limits the work for a cell that shows only the beginning of a long text.
    """
    if max_chars is not None and len(text) > max_chars:
        text = text[:max_chars]
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", NEW_LINE).replace("\n", NEW_LINE).replace("\t", TAB)
    return _UNSAFE.sub(_picture, text)


def safe_lines(text: str) -> list[str]:
    """Return the lines of `text`, each safe to draw, with expanded tabs; an empty text is one empty line."""
    return [
        line if line.isascii() and line.isprintable() else _UNSAFE.sub(_picture, line.expandtabs(TAB_CELLS))
        for line in text.replace("\r\n", "\n").split("\n")
    ]


def find_unsafe(text: str) -> re.Match[str] | None:
    """Return a match of the first character that must not reach a terminal, or None."""
    return None if text.isascii() and text.isprintable() else _UNSAFE.search(text)


def replace_unsafe(text: str, replacement_of: Callable[[str], str]) -> str:
    """Replace every character that must not reach a terminal, including line breaks and tabs."""
    return _UNSAFE.sub(lambda match: replacement_of(match[0]), text)


def _picture(match: re.Match[str]) -> str:
    return _PICTURES.get(match[0], REPLACEMENT)
