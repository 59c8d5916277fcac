"""The commands of `tracetui` beside the explorer, a module each. None imports Textual."""

NAMES = (
    "collect",
    "config",
    "demo",
    "diff",
    "explore",
    "export",
    "forward",
    "help",
    "import",
    "ls",
    "merge",
    "migrate",
    "prune",
    "rederive",
    "run",
    "sessions",
    "show",
    "snap",
    "sql",
    "stats",
    "tail",
    "watch",
    "watch-transcripts",
    "why",
)
"""The names of the commands. They are listed here so that the explorer starts without importing click."""
