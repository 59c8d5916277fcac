"""`python -m tracetui.tracer.receiver --db FILE`: the process of `tracetui collect`.

It prints READY, its port and what is said of gRPC once it listens. With `--leash`, it ends when its standard input is
closed. With `--detach`, it is nobody's child then: a program that waits for its own children does not meet it.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recorder import ReceiverRecorder

READY = "ready "
"""The first line on standard output begins with this; the port follows."""

TOKEN = "TRACETUI_TOKEN"
"""The environment variable with the bearer token that senders must have."""

MISSING_EXTRA = 3
"""The exit code when a package of the extra `collect` is not installed."""

PORT_TAKEN = 4
"""The exit code when the port cannot be opened."""

_GOODBYE_S = 5


def main() -> int:
    """Receive until a signal, or until the leash ends; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tracetui collect")
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4318)
    parser.add_argument("--grpc-port", type=int, help="also receive OTLP over gRPC; 0 takes a free port")
    parser.add_argument("--leash", action="store_true")
    parser.add_argument("--detach", action="store_true")
    arguments = parser.parse_args()
    try:
        import uvicorn

        from .app import receiver_app
        from .recorder import ReceiverRecorder
    except ImportError as error:
        print(error.name or error, file=sys.stderr)
        return MISSING_EXTRA
    try:
        listening = _listen(arguments.host, arguments.port)
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)
        return PORT_TAKEN
    if arguments.detach and os.fork():
        return 0
    recorder = ReceiverRecorder(arguments.db)
    app = receiver_app(recorder, token=os.environ.get(TOKEN) or None)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=_GOODBYE_S, ws="none"
    )
    server = uvicorn.Server(config)
    if arguments.leash:
        threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
    grpc_server, note = None, ""
    if arguments.grpc_port is not None:
        grpc_server, note = _start_grpc(recorder, arguments.host, arguments.grpc_port)
    print(f"{READY}{listening.getsockname()[1]}{note}", flush=True)
    try:
        server.run(sockets=[listening])
    finally:
        if grpc_server is not None:
            grpc_server.stop(_GOODBYE_S).wait()
        recorder.close()
    return 0


def _start_grpc(recorder: ReceiverRecorder, host: str, port: int) -> tuple[Any, str]:
    """Return the server, None if it cannot start, and what is said of it behind the port of HTTP."""
    try:
        from .grpc_server import PortTakenError, start
    except ImportError:
        return None, " no grpc: it needs the extra grpc"
    try:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        server, bound = start(recorder, address, token=os.environ.get(TOKEN) or None)
    except PortTakenError:
        return None, f" no grpc: another program has the port {port}"
    return server, f" grpc {bound}"


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the first address of `host`. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except BaseException:
        listening.close()
        raise
    return listening


def _end_with_stdin(server: object) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
