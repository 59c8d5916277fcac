"""A text that is written while it grows: what of it may be shown, so that no part of a secret is seen too early."""

from __future__ import annotations

import re

from .secret_text import STARTS

_TAIL_CHARS = 256
"""Of the text that are held back at most: by then it shows whether something is a secret."""

_BEGUN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{STARTS}|(?i:bearer\s+))\S*\Z"
    r"|://[^\s/:@\"']*:[^\s/@\"']*\Z"
    r"|(?i:passw(?:or)?d|passphrase|pwd|secrets?|credentials?|authorization|cookie|keys?|token|jwt|bearer|dsn|pass|auth"
    r"|string|passcode|value)"
    r"(?:[_.-]?\d{1,3})?\\*[\"']?\s?[:=,]\s{0,8}b?\\*[\"']?[^\s\"'&]*\Z"
    r"|(?i:authorization|cookie)\\*[\"']?\s?[:,][^\r\n]*\Z"
    r"|(?i:authorization|cookie|key|token|secret)[^\r\n:,=]{0,4}[,:]\s{0,8}\\*[\"'][Vv]alue[^\r\n]*\Z"
    r"|(?i:auth)\\*[\"']?\s?:\s{0,8}(?:[\[(][^\])]*|\\*[\"'][^\"']*)\Z"
    r"|(?<![A-Za-z0-9_-])--?(?:[A-Za-z][\w.-]*(?:[=\s,\"'\\]{1,8}(?:(?<=[\"'])[^\"'\r\n]*|[^\s\"']*))?)?\Z"
)
"""At the end of a text: what may become a token, the password of a URL, a value under a telling name, or an option."""


def unfinished_at(text: str) -> int:
    """Where a secret begins that the end of a growing text may still be in; its length where none does."""
    tail = text[-_TAIL_CHARS:]
    begun = _BEGUN.search(tail)
    return len(text) if begun is None else len(text) - len(tail) + begun.start()
