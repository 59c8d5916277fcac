"""`tracetui run` with a program that is no Python: it sends its spans to a receiver of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_until
from tests.tracer.receiver.test_receiver import spans_named
from tracetui.tui.commands.otlp_environment import CONTENT, ENDPOINT, otlp_environment
from tracetui.tui.commands.python_options import runs_on_python

SENDER = """\
import json, os, urllib.request
span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": os.environ["OTEL_SERVICE_NAME"], "startTimeUnixNano": 1,
        "endTimeUnixNano": 2}
body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
address = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
request = urllib.request.Request(address, body, {"content-type": "application/json"})
print(urllib.request.urlopen(request).status)
"""
"""Sends one span as an SDK would; Python with -I records nothing by itself."""


def run_script(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script under `tracetui run`, which sends to `traces.db`."""
    (folder / "sender.py").write_text(SENDER)
    (folder / "serve.sh").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "serve.sh").chmod(0o700)
    command = [sys.executable, "-m", "tracetui.tui", "run", "--db", "traces.db", "--", "./serve.sh"]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_program_in_any_language_is_recorded_and_leaves_no_receiver_behind(tmp_path: Path) -> None:
    """The receiver confirms the span, and ends with the program."""
    ran = run_script(tmp_path, f"{sys.executable} -I sender.py; echo $OTEL_EXPORTER_OTLP_ENDPOINT")
    status, address = ran.stdout.split()
    assert status == "200"
    assert spans_named(tmp_path / "traces.db", "serve.sh")
    assert f"receiving spans of OpenTelemetry at {address}; prompts and answers are not asked for" in ran.stderr
    ps = shutil.which("ps")
    if ps is not None:
        wait_until(
            lambda: (
                str(tmp_path) not in subprocess.run([ps, "axww"], capture_output=True, text=True, check=True).stdout
            ),
            "the receiver has ended",
        )


def test_the_exit_code_is_that_of_the_program(tmp_path: Path) -> None:
    """As if it had been started without `tracetui run`."""
    assert run_script(tmp_path, "exit 7").returncode == 7


def test_an_address_that_is_set_is_kept_and_named(tmp_path: Path) -> None:
    """A program that sends elsewhere goes on sending there."""
    ran = run_script(tmp_path, "echo $OTEL_EXPORTER_OTLP_ENDPOINT", OTEL_EXPORTER_OTLP_ENDPOINT="http://elsewhere:1")
    assert ran.stdout == "http://elsewhere:1\n"
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://elsewhere:1; unset it" in ran.stderr
    assert not (tmp_path / "traces.db").exists()


def test_nothing_that_is_set_is_changed_and_content_is_asked_for_only_on_demand() -> None:
    """Prompts leave a program only where its user says so."""
    plain = otlp_environment({"OTEL_SERVICE_NAME": "mine"}, 5, "node", content=False)
    assert (plain["OTEL_SERVICE_NAME"], plain[ENDPOINT]) == ("mine", "http://127.0.0.1:5")
    assert not plain.keys() & CONTENT.keys()
    assert otlp_environment({}, 5, "node", content=True).keys() >= CONTENT.keys()


@pytest.mark.parametrize(
    ("program", "expected"), [(sys.executable, True), ("/usr/bin/uv", True), ("/bin/sh", False), ("/missing", False)]
)
def test_python_needs_no_receiver(program: str, expected: bool) -> None:
    """Python programs are recorded by the tracer."""
    assert runs_on_python(program) is expected


def test_a_script_is_what_its_first_line_says(tmp_path: Path) -> None:
    """Console scripts of pip are Python."""
    script = tmp_path / "uvicorn"
    script.write_text("#!/opt/venv/bin/python3.11\n")
    assert runs_on_python(str(script))
