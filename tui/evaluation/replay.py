"""`tracetui replay`: a recorded model call again, edited or with another model, as a trace that is linked to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from ...store.filter import parse
from ...store.model.rows import MODEL_CALLS, SpanDetail, SpanRow, TraceRow
from ...store.model.span_ids import span_hex
from ...store.read.reader import Reader
from ...store.text.safe_text import safe_lines
from ..commands.ls import explained, matching
from ..errors import USAGE, CommandError, say
from ..file_argument import find_trace, is_trace_id, opened, path_of
from ..handoff.files import editor
from .model_request import KEYS, ModelRequest, NoRequestError, as_curl, as_python, request_of

MODULE = "tracetui.tracer.replaying"


class Wanted(NamedTuple):
    """What to change of the calls, and what to do with them."""

    span: str | None
    """The first digits of the id of a call, or its name; None is the last call of the trace."""
    model: str | None
    base_url: str | None
    is_edited: bool
    printed: str | None
    """curl or python: print the request in this form instead of making it."""


class _Call(NamedTuple):
    trace: TraceRow
    span: SpanRow
    request: ModelRequest


def replay(db: Path | None, which: str, wanted: Wanted, *, limit: int) -> int:
    """Make the calls of the traces that are meant again; returns the exit code. Raises CommandError."""
    path = path_of(db).absolute()
    with explained(which), opened(path) as reader:
        calls = [_call(reader, trace, wanted) for trace in _traces(reader, which, limit)]
    if not calls:
        raise CommandError("no trace matches the filter")
    if wanted.is_edited:
        calls = [call._replace(request=call.request._replace(body=_edited(call.request.body))) for call in calls]
    if wanted.printed is not None:
        form = as_curl if wanted.printed == "curl" else as_python
        text = "\n".join(form(call.request) for call in calls)
        sys.stdout.write("\n".join(safe_lines(text)) if sys.stdout.isatty() else text)
        return 0
    for protocol in {call.request.protocol for call in calls}:
        if not os.environ.get(KEYS[protocol]):
            say(f"{KEYS[protocol]} is not set; a server on this machine may need none")
    return max(_run(path, call) for call in calls)


def _traces(reader: Reader, which: str, limit: int) -> list[TraceRow]:
    if is_trace_id(which):
        return reader.traces([find_trace(reader, which)])
    query = parse(which)
    if query.by is not None:
        raise CommandError("replay makes calls of traces again, not of groups: leave `| by(...)` out", USAGE)
    now_ns = time.time_ns()
    return list(matching(reader, query, limit, now_ns, reader.gone_processes(now_ns), utc=False))


def _call(reader: Reader, trace: TraceRow, wanted: Wanted) -> _Call:
    calls = [span for span in reader.spans(trace.id) if span.kind in MODEL_CALLS and span.kind != "EMBEDDING"]
    if wanted.span is not None:
        named = [one for one in calls if one.name == wanted.span or span_hex(one.span_id).startswith(wanted.span)]
        if not named:
            listed = ", ".join(sorted({one.name for one in calls})) or "none"
            raise CommandError(f"trace {trace.trace_id.hex()} has no model call {wanted.span!r}; it has: {listed}")
        calls = named
    problem = "it has no model call"
    for span in sorted(calls, key=lambda one: one.start_ns, reverse=True):
        detail = reader.detail(span.id) or SpanDetail(None, None, None, {}, None)
        try:
            request = request_of(span, detail, model=wanted.model, base_url=wanted.base_url, environment=os.environ)
        except NoRequestError as error:
            problem = f"the call {span.name!r} cannot be made again: {error}"
            continue
        return _Call(trace, span, request)
    raise CommandError(f"trace {trace.trace_id.hex()}: {problem}")


def _edited(body: dict[str, Any]) -> dict[str, Any]:
    """Let the user edit the request as JSON; an error of the text is named, and the editor opened again."""
    command = editor(os.environ, shutil.which)
    if not command:
        raise CommandError("--edit needs an editor: set $EDITOR")
    with tempfile.TemporaryDirectory(prefix="tracetui-") as folder:
        path = Path(folder, "request.json")
        path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for _ in range(3):
            if subprocess.run([*command, str(path)], check=False).returncode:
                raise CommandError("the editor ended with an error; nothing was sent")
            try:
                edited = json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                say(f"the request is not JSON: {error}")
                continue
            if isinstance(edited, dict) and isinstance(edited.get("messages"), list):
                return edited
            say("the request needs a list `messages`")
    raise CommandError("the request was not valid after three tries; nothing was sent")


def _run(path: Path, call: _Call) -> int:
    """Make the call in a process that records it; prints the answer as it comes."""
    work = {
        "url": call.request.url,
        "protocol": call.request.protocol,
        "body": call.request.body,
        "key": KEYS[call.request.protocol],
        "trace_id": call.trace.trace_id.hex(),
        "span_id": span_hex(call.span.span_id),
        "name": call.span.name,
    }
    command = [sys.executable, "-P", "-m", MODULE, "--db", str(path)]
    return subprocess.run(command, input=json.dumps(work).encode(), check=False).returncode
