"""`tracetui collect`: receives OTLP from any SDK and writes it to the trace file."""

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import time
from pathlib import Path
from types import FrameType

from ..child_processes.receiver import start_receiver
from ..child_processes.server import ServerDiedError, ServerProcess
from ..errors import USAGE, CommandError, say
from ..file_argument import look_at, path_of

TOKEN = "TRACETUI_TOKEN"
_POLL_S = 0.5


def collect(db: Path | None, *, host: str, port: int, grpc_port: int) -> int:
    """Receive until Ctrl-C or SIGTERM; returns the exit code. Raises CommandError."""
    path = path_of(db).absolute()
    look_at(path)
    check_address(host)
    process = start_receiver(path, host=host, port=port, grpc_port=grpc_port)
    shown = f"[{host}]" if ":" in host else host
    say(f"receiving OTLP at http://{shown}:{process.port} into {path}; Ctrl-C ends it")
    say(
        f"for SDKs: OTEL_EXPORTER_OTLP_ENDPOINT=http://{shown}:{process.port} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
    )
    what, _, rest = process.note.partition(" ")
    say(f"over gRPC: OTEL_EXPORTER_OTLP_ENDPOINT=http://{shown}:{rest}" if what == "grpc" else process.note)
    return _wait(process)


def check_address(host: str) -> None:
    """Raise CommandError for an address that other machines can reach, unless senders need a token."""
    if is_loopback(host) or os.environ.get(TOKEN):
        return
    example = secrets.token_urlsafe(16)
    raise CommandError(
        f"other machines reach {host}: set {TOKEN} to a secret such as {example}, which senders send"
        f' (OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer {example}")',
        USAGE,
    )


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _wait(process: ServerProcess) -> int:
    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    try:
        while True:
            process.check()
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        return 0
    except ServerDiedError as error:
        raise CommandError(f"the receiver ended: {error}") from None
    finally:
        process.end()
