"""`python -m tracetui.tracer.replaying --db FILE`: the process of `tracetui replay`; the request comes on stdin.

The key is read from the environment and goes into the header of the request, and nowhere else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...store.text.safe_text import safe_line, safe_lines
from ..api.configure import configure, flush
from ..api.spans import get_current_active_span, update_current_trace
from ..api.trace import trace
from ..parts.link import Link

REPLAY_OF = "tracetui.replay_of"
"""The tag with the id of the trace whose call was made again."""

_TIMEOUT_S = 300.0
_REASON_BYTES = 2_000


def main() -> int:
    """Make one call; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tracetui replay")
    parser.add_argument("--db", type=Path, required=True)
    configure(db=parser.parse_args().db, service="tracetui replay")
    work = json.loads(sys.stdin.buffer.read())
    recorded: dict[str, str] = {}

    @trace(name=f"replay {work['name']}", span_type="LLM")
    def call(**body: Any) -> Iterator[dict[str, Any]]:
        span = get_current_active_span()
        if span is not None:
            recorded["trace_id"] = span.trace_id
            span.add_link(Link(work["trace_id"], work["span_id"]))
            update_current_trace(tags={REPLAY_OF: work["trace_id"]})
        yield from _events(work["url"], work["protocol"], os.environ.get(work["key"], ""), body)

    try:
        for event in call(**work["body"]):
            print("\n".join(safe_lines(_words(event))), end="", flush=True)
        print()
    except (urllib.error.URLError, OSError, ValueError) as error:
        print(f"tracetui: {safe_line(_reason(error))}", file=sys.stderr)
        return 1
    finally:
        flush()
        if recorded:
            ids = f"{work['trace_id'][:12]} {recorded['trace_id'][:12]}"
            print(f"tracetui: recorded; compare with `tracetui diff {ids}`", file=sys.stderr)
    return 0


def _events(url: str, protocol: str, key: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the JSON events of a streamed answer. Raises URLError, OSError, and ValueError for a failed stream."""
    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    if protocol == "anthropic":
        headers |= {"x-api-key": key, "anthropic-version": "2023-06-01"}
    elif key:
        headers["authorization"] = f"Bearer {key}"
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8000/v1")
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as reply:
        for line in reply:
            text = line.decode(errors="replace").strip()
            if text.startswith("data:") and text != "data: [DONE]":
                event = json.loads(text.removeprefix("data:"))
                if isinstance(event, dict):
                    if event.get("error"):
                        raise ValueError(f"the stream ended with an error: {json.dumps(event['error'])[:500]}")
                    yield event


def _words(event: dict[str, Any]) -> str:
    """Return the text that an event adds to the answer."""
    for choice in event.get("choices") or ():
        content = (choice.get("delta") or {}).get("content")
        if isinstance(content, str):
            return content
    delta = event.get("delta")
    text = delta.get("text") if isinstance(delta, dict) else None
    return text if isinstance(text, str) else ""


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        said = error.read(_REASON_BYTES).decode(errors="replace")
        return f"{error.url}: {error.code} {error.reason}: {said}"
    return str(getattr(error, "reason", error))


if __name__ == "__main__":
    sys.exit(main())
