"""The secret that senders from other machines have."""

from __future__ import annotations

from hmac import compare_digest


def is_right(authorization: str, token: str) -> bool:
    """Whether the value of a header `authorization` has the token as its bearer."""
    scheme, _, sent = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(sent.strip().encode(), token.encode())
