"""A text that is written while it grows: what of it may be shown, so that no part of a secret is seen too early."""

from __future__ import annotations

from .lazy_pattern import late

_TAIL_CHARS = 256
"""Of the text that are held back at most: by then it shows whether something is a secret."""

_NAMES = (
    r"passw(?:or)?ds?|passwort|passphrases?|passcodes?|pwds?|secrets?|credentials?|creds|authorization|cookies?|keys?|tokens?"
    r"|jwt|bearer|dsn|pass|auth|pw|string|str|values?|otp|pin|cvv|cvc|code|codes|phrase|words|mnemonic|sid|sessionid|psk"
    r"|senha|pat|hash|base64|b64|pem|confirm|confirmation|sig|signature"
)
_CLOSING = r"(?:[_.-]?\d{1,3})?[\\\"'`*\])]{0,8}\s{0,8}"

_BEGUN = late(
    r"(?<![A-Za-z0-9])(?i:bearer|basic)\s+\S*\Z"
    r"|://[^\s/@\"']*\Z"
    rf"|[\w.-]{{0,64}}(?i:{_NAMES}){_CLOSING}(?:[:=>]|(?<=[\"'])\s{{0,8}},)[^\r\n]*\Z"
    r"|(?i:name|key|header)\\*[\"']\s{0,8}:\s{0,8}\\*[\"'][^\r\n{}]*\Z"
    r"|(?i:auth)\\*[\"']?\s?:\s{0,8}(?:[\[(][^\])]*|\\*[\"'][^\"']*)\Z"
    r"|(?<![A-Za-z0-9_-])--?(?:[A-Za-z][\w.-]*(?:[=\s,\"'\\]{1,8}(?:(?<=[\"'])[^\"'\r\n]*|[^\s\"']*))?)?\Z"
    r"|-----BEGIN[^\r\n]*\Z"
    r"|(?i:login|account|user|password)\s[^\r\n]*\Z"
    r"|[A-Za-z0-9_.:~+/=%$@-]+\Z"
)
"""At the end of a text: what may become a token or the password of a URL, and what follows a telling name or option."""


def unfinished_at(text: str) -> int:
    """Where a secret begins that the end of a growing text may still be in; its length where none does."""
    tail = text[-_TAIL_CHARS:]
    begun = _BEGUN.search(tail)
    return len(text) if begun is None else len(text) - len(tail) + begun.start()
