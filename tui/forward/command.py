"""What `tracetui forward` does."""

from __future__ import annotations

import threading
from pathlib import Path

from ...store.filter import parse
from ..commands.ls import explained
from ..errors import USAGE, CommandError, say
from ..file_argument import opened, path_of
from .sender import Sender, traces_url


def forward(db: Path | None, filter_text: str, *, to: str, headers: tuple[str, ...], once: bool) -> None:
    """Send what is there, and unless `once`, what arrives until Ctrl-C. Raises CommandError."""
    url = traces_url(to)
    sent_headers = dict(map(_header, headers))
    try:
        from .forward import Forwarding
        from .progress_file import progress_of
    except ImportError as error:
        raise CommandError(f"forwarding needs the extra `collect`: pip install 'tracetui[collect]' ({error})") from None
    path = path_of(db)
    with explained(filter_text):
        query = parse(filter_text)
        if query.by is not None or query.sort is not None or query.limit is not None:
            raise CommandError("forward sends traces as they end: give a filter without by, sort and limit", USAGE)
        forwarding = Forwarding(path, url, query, Sender(url, sent_headers, say), say)
        try:
            if once:
                with opened(path) as reader:
                    forwarding.send_new(reader, progress_of(reader, url, query.text))
            else:
                say(f"forwarding {path} to {url}; Ctrl-C ends it, and the next run goes on from there")
                forwarding.follow(threading.Event())
        finally:
            refused = f", {forwarding.refused_spans:,} spans refused" if forwarding.refused_spans else ""
            say(f"sent {forwarding.sent_spans:,} spans of {forwarding.sent_traces:,} traces{refused}")


def _header(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip() or not f"{name}{value}".isprintable():
        raise CommandError(f"--header {text!r}: write NAME=VALUE", USAGE)
    return name.strip(), value.strip()
