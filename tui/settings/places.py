"""Where the settings are, and where the explorer keeps what it remembers."""

from __future__ import annotations

import os
from pathlib import Path


def settings_path() -> Path:
    """Returns the path of the settings: `tracetui/config.toml` in `$XDG_CONFIG_HOME`, by default `~/.config`."""
    return _home("XDG_CONFIG_HOME", ".config") / "tracetui" / "config.toml"


def memory_path(trace_file: Path) -> Path:
    """Returns where the explorer remembers the views of a trace file: beside it, as filters may quote prompts."""
    return trace_file.with_name(trace_file.name + "-explorer.json")


def _home(variable: str, default: str) -> Path:
    # The specification of XDG: a relative path is ignored.
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path("~").expanduser() / default
