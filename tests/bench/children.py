"""Measured processes, seen from the one that measures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from . import subjects
from .options import Options

ROOT = Path(__file__).resolve().parents[2]
"""The repository: the measured processes start here."""


class Child:
    """A process with one subject, that does one task at a time."""

    def __init__(
        self,
        name: str,
        python: Path,
        folder: Path,
        trace_file: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start it and wait until its tracer is set up. Raises RuntimeError with what it printed if that fails.

        `trace_file` is where ours writes if not into `folder`; `variables` are added to the environment.
        """
        self.name = name
        self.folder = folder
        self._said = folder / "stderr.txt"
        with self._said.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(python), "-m", "tests.bench.child", name, str(folder)],
                cwd=ROOT,
                env=child_environment()
                | ({"TRACETUI_DB": str(trace_file)} if trace_file else {})
                | dict(variables or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._answer()

    def do(self, task: str, **arguments: Any) -> dict[str, Any]:
        """Do one of the tasks of `child.py`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def said(self) -> str:
        """What it printed so far besides its answers."""
        return self._said.read_text(errors="replace")

    def close(self) -> None:
        """Let it end as a program ends."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process that measures {self.name} died:\n{self.said()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(options: Options, names: Sequence[str]) -> Iterator[list[Child]]:
    """One child for each subject, all started, in a folder that is gone afterwards."""
    with scratch_folder(options) as folder, ExitStack() as stack:
        children: list[Child] = []
        for name in names:
            own = folder / f"{len(children)}-{name}"
            own.mkdir()
            child = Child(name, python_of(options, name), own)
            stack.callback(child.close)
            children.append(child)
        yield children


@contextmanager
def scratch_folder(options: Options) -> Iterator[Path]:
    """A new folder on the disk that is measured."""
    folder = Path(tempfile.mkdtemp(prefix="tracetui-bench-", dir=options.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python_of(options: Options, name: str) -> Path:
    """The interpreter that has the subject's package."""
    if name not in subjects.PEERS:
        return Path(sys.executable)
    assert options.peers_python is not None
    return options.peers_python


def subjects_for(options: Options, names: Sequence[str]) -> list[str]:
    """Those of `names` that can be measured: without `--peers` only ours and the floors."""
    there = [name for name in names if name not in subjects.PEERS or options.peers_python is not None]
    return [name for name in there if name not in options.skipped]


def child_environment() -> dict[str, str]:
    """The environment without what would change what is measured."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TRACETUI_", "OTEL_", "MLFLOW_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # start-up is measured with bytecode
    return kept
