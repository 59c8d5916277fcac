"""The part of a growing text that may be shown, so that no beginning of a secret is shown before the whole is known."""

from __future__ import annotations

from .lazy_pattern import late
from .name_ends import Separator, name_before

_TAIL_CHARS = 256
"""Characters at the end of a text that are held back at most: so many show whether something is a secret."""

_SEPARATORS = (
    *(Separator(sign.encode()) for sign in (":", "=", ">", "：")),
    Separator(b",", b".{5}[\"']"),
)
"""Signs between a name and its value; in pairs, behind the quotes of the name."""

_BEGUN = late(
    r"(?<![A-Za-z0-9])(?i:bearer|basic)\s+\S*\Z"
    r"|://[^\s/@\"']*\Z"
    r"|(?i:name|key|header)\\*[\"']\s{0,8}:\s{0,8}\\*[\"'][^\r\n{}]*\Z"
    r"|(?i:auth)\\*[\"']?\s?:\s{0,8}(?:[\[(][^\])]*|\\*[\"'][^\"']*)\Z"
    r"|(?<![A-Za-z0-9_-])--?(?:[A-Za-z][\w.-]*(?:[=\s,\"'\\]{1,8}(?:(?<=[\"'])[^\"'\r\n]*|[^\s\"']*))?)?\Z"
    r"|-----BEGIN[^\r\n]*\Z"
    r"|(?i:login|account|user|password)\s[^\r\n]*\Z"
    r"|[A-Za-z0-9_.:~+/=%$@-]+\Z"
)
"""At the end of a text: the beginning of a token or of a URL with a password, and what follows an option or a login."""


def unfinished_at(text: str) -> int:
    """Return where a secret begins that the end of a growing text may still be in; the length where none does."""
    tail = text[-_TAIL_CHARS:]
    begun = _BEGUN.search(tail)
    held = len(tail) if begun is None else begun.start()
    line = max(tail.rfind("\n"), tail.rfind("\r")) + 1
    raw = tail[line:].encode("utf-8", "surrogatepass")
    for separator in _SEPARATORS:
        for position in separator.positions(raw):
            name_start = name_before(raw, position)[1]
            held = min(held, line + len(raw[:name_start].decode("utf-8", "ignore")))
            break
    return len(text) - len(tail) + held
