"""The virtual environment with the peers, made by pip when it is not there yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGES = ("opentelemetry-sdk", "mlflow", "logfire", "langfuse")

_VERSIONS = """
import importlib.metadata as metadata, sys
print(", ".join(f"{name} {metadata.version(name)}" for name in sys.argv[1:]))
"""


def python(folder: Path) -> Path:
    """The interpreter of the environment in `folder`; the first call takes minutes and needs a package index."""
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    marker = folder / "peers-installed"
    if not marker.exists() or marker.read_text() != " ".join(PACKAGES):
        print(f"installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr, flush=True)
        if not interpreter.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        marker.write_text(" ".join(PACKAGES))
    return interpreter


def versions(interpreter: Path) -> str:
    """The peers' versions."""
    done = subprocess.run([str(interpreter), "-c", _VERSIONS, *PACKAGES], check=True, capture_output=True, text=True)
    return done.stdout.strip()
