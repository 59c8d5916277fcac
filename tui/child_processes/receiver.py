"""The process of the receiver: it records like a traced program, so it has the tracer, and this one has not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ..errors import CommandError
from .server import ServerDiedError, ServerProcess

MODULE = "tracetui.tracer.receiver"
READY = "ready "
MISSING_EXTRA, PORT_TAKEN = 3, 4
"""The exit codes of the process; `tracer.receiver.__main__` defines them."""

DEFAULT_PORT, DEFAULT_GRPC_PORT = 4318, 4317
"""The ports of OTLP over HTTP and over gRPC, to which SDKs send by default."""

_READY_S = 20.0


def start_receiver(
    db: Path,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    grpc_port: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> ServerProcess:
    """Start a receiver that writes to `db`, and wait until it listens on its `port`. Raises CommandError.

    With a `grpc_port`, it also receives OTLP over gRPC if it can: its `note` is then `grpc` and the port, or says why
    it cannot.
    """
    command = [sys.executable, "-P", "-m", MODULE, "--leash", "--db", str(db), "--host", host, "--port", str(port)]
    if grpc_port is not None:
        command += ["--grpc-port", str(grpc_port)]
    process = ServerProcess(command, READY, environment)
    try:
        process.wait_ready(_READY_S)
    except ServerDiedError as error:
        process.end()
        raise CommandError(_explained(error, host, port)) from None
    if process.port is None:
        process.end()
        raise CommandError(f"the receiver did not begin to listen within {_READY_S:.0f} s")
    return process


def start_for_program(db: Path) -> int:
    """Start a receiver on a free port for the program that will replace this process; returns the port.

    The receiver ends when that program and all that it started have ended: they inherit the pipe that it reads.
    Raises CommandError.
    """
    command = [sys.executable, "-P", "-m", MODULE, "--leash", "--detach", "--db", str(db), "--port", "0"]
    ours, theirs = os.pipe()
    with subprocess.Popen(
        command, stdin=ours, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        os.close(ours)
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if not line.startswith(READY):
            os.close(theirs)
            said = process.stderr.read().strip()
            process.wait()
            raise CommandError(_explained(ServerDiedError(said, process.returncode), "127.0.0.1", 0))
    os.set_inheritable(theirs, True)
    return int(line.removeprefix(READY))


def _explained(error: ServerDiedError, host: str, port: int) -> str:
    if error.exit_code == MISSING_EXTRA:
        return f"receiving needs the package {error}: pip install 'tracetui[collect]'"
    if error.exit_code == PORT_TAKEN:
        way_out = (
            "another program has the port; take a free one with --port 0, and set OTEL_EXPORTER_OTLP_ENDPOINT to the"
            " address that is printed"
        )
        return f"cannot listen on {host}:{port} ({error}): {way_out}"
    return f"the receiver ended: {error}"
