"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

from . import peers
from .options import Options


def markdown(options: Options) -> str:
    """Processor, memory, system, versions, load."""
    lines = [
        f"- {_processor()}, {os.cpu_count()} cores, {_memory()}, {platform.system()} {platform.release()}",
        f"- Python {platform.python_version()} ({_build()}), SQLite {sqlite3.sqlite_version},"
        f" orjson {version('orjson')}, textual {version('textual')}, tracetui {version('tracetui')}",
    ]
    if options.peers_python is not None:
        lines.append(f"- beside it: {peers.versions(options.peers_python)}")
    lines.append(f"- {load()}")
    if options.quick:
        lines.append("- **a smoke run: these numbers mean nothing**")
    return "\n".join(lines) + "\n"


def load() -> str:
    """How busy the machine is, others included: above its cores, only ratios can be believed."""
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{pages * size / 2**30:.0f} GB"


def _build() -> str:
    import sysconfig

    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    return f"{sys.implementation.name}, {'with' if optimized else 'without'} PGO"
