"""Which span the calling code is in."""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from . import guard

if TYPE_CHECKING:
    from .no_op_span import NoOpSpan
    from .remote_parent import RemoteParent
    from .span import Span

current: ContextVar[Span | NoOpSpan | RemoteParent | None] = ContextVar("tracetui_span", default=None)
"""The span that user code is in, or the one elsewhere that it is below. Each asyncio task and each `copy_context()`
has its own."""


def leave(token: Token[Span | NoOpSpan | RemoteParent | None] | None) -> None:
    """Make the span that was current before `token` current again."""
    if token is None:
        return
    try:
        current.reset(token)
    except ValueError:  # ended in another context than it began in: this one never had it
        pass
    except Exception:
        guard.fault("restoring the context")
